/** What the pool itself watches of one task: its signal and its times. One object, only for tasks that have any. */

import { systemClock, TaskTimeoutError, type CallOptions, type CancelTimer } from '@heddle/core';
import { onAbort } from '@heddle/core/engine';

/** The task that is watched. */
export interface LimitedTask {
  readonly name: string;
  cancel(reason: unknown): void;
  /** Whether its thread has begun it. */
  readonly hasBegun: boolean;
}

export class TaskLimits {
  readonly #task: LimitedTask;
  #releaseSignal: (() => void) | undefined;
  #cancelQueueTimer: CancelTimer | undefined;
  #cancelRunTimer: CancelTimer | undefined;
  #cancelDeadlineTimer: CancelTimer | undefined;
  #cancelEndTimer: CancelTimer | undefined;

  constructor(task: LimitedTask) {
    this.#task = task;
  }

  /** The task was submitted. It may have ended when this returns: a signal may have aborted already. */
  submitted({ signal, queueTimeoutMs, deadline }: CallOptions): void {
    const { name } = this.#task;
    if (queueTimeoutMs !== undefined) {
      this.#cancelQueueTimer = systemClock.setTimer(() => {
        if (!this.#task.hasBegun) this.#task.cancel(new TaskTimeoutError(name, 'queue', queueTimeoutMs));
      }, queueTimeoutMs);
    }
    if (deadline !== undefined) {
      const remainingMs = Math.max(0, deadline - systemClock.now());
      this.#cancelDeadlineTimer = systemClock.setTimer(() => {
        this.#task.cancel(new TaskTimeoutError(name, 'deadline', deadline));
      }, remainingMs);
    }
    if (signal !== undefined) {
      this.#releaseSignal = onAbort(signal, () => {
        this.#task.cancel(signal.reason);
      });
    }
  }

  /** The task has made its first step, so it waits no longer, even if it is to be made again on another thread. */
  hasBegun(): void {
    this.#cancelQueueTimer?.();
  }

  /** The first step begins. The thread watches the time too, but cannot while it computes. */
  started(timeoutMs: number): void {
    // A task that runs again does so within the time that it was given.
    if (this.#cancelRunTimer !== undefined) return;
    this.#cancelRunTimer = systemClock.setTimer(() => {
      this.#task.cancel(new TaskTimeoutError(this.#task.name, 'run', timeoutMs));
    }, timeoutMs);
  }

  /** The task should end. Calls `complain` after `firstMs`, and then again and again, until it has. */
  awaitEnd(firstMs: number, againMs: number, complain: () => void): void {
    this.#cancelEndTimer = systemClock.setTimer(() => {
      this.awaitEnd(againMs, againMs, complain);
      // Ordering: last, because the task may end by it.
      complain();
    }, firstMs);
  }

  release(): void {
    this.#releaseSignal?.();
    this.#cancelQueueTimer?.();
    this.#cancelRunTimer?.();
    this.#cancelDeadlineTimer?.();
    this.#cancelEndTimer?.();
  }
}
