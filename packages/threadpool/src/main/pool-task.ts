/** A call as the pool sees it: its handle, where it stands, and what its options limit on this side. */

import { isCancelled, TaskTimeoutError, type CallOptions, type CancelledError } from '@heddle/core';
import { Handle, onAbort, toCancelledError, type TaskCall } from '@heddle/core/engine';
import type { Batch } from './batch.ts';

/** What a task reports to. */
export interface TaskOwner {
  /** How long a cancelled task may go on, in milliseconds. */
  graceMs(): number;
  /** The task was cancelled while it waited in the queue. */
  dequeue(task: PoolTask): void;
  /** The task was cancelled after it was sent to a thread. */
  cancelSent(task: PoolTask, error: CancelledError): void;
  /** The task has not ended within the grace period. */
  abandon(task: PoolTask): void;
  /** The task has ended. */
  ended(task: PoolTask): void;
}

/** Beyond the grace that the thread itself gives: time for its messages to arrive. */
const ABANDON_MARGIN_MS = 1_000;

export class PoolTask extends Handle {
  readonly call: TaskCall;
  readonly options: CallOptions | undefined;
  /** Set while the task is on a thread. */
  batch: Batch | null = null;
  indexInBatch = 0;
  /** What the task ends with if it ends as cancelled; set by the first cancellation. */
  cancelOutcome: Error | null = null;
  readonly #owner: TaskOwner;
  #limits: TaskLimits | null = null;

  constructor(owner: TaskOwner, call: TaskCall, options: CallOptions | undefined) {
    super();
    this.#owner = owner;
    this.call = call;
    this.options = options;
  }

  get name(): string {
    return this.options?.name ?? this.call.definition.name;
  }

  get priority(): number {
    return this.options?.priority ?? 0;
  }

  get deadline(): number | undefined {
    return this.options?.deadline;
  }

  get key(): string | undefined {
    return this.options?.key;
  }

  /** Begins to watch the limits that hold on this side. The task may have ended when this returns. */
  accept(): void {
    if (this.options === undefined) return;
    const { signal, queueTimeoutMs, deadline } = this.options;
    if (signal === undefined && queueTimeoutMs === undefined && deadline === undefined) return;
    this.#limits = new TaskLimits(this);
    this.#limits.watch(this.options);
  }

  /** The task was sent to a thread. */
  sent(batch: Batch, index: number): void {
    this.batch = batch;
    this.indexInBatch = index;
    this.state = 'running';
    this.#limits?.queueTimeEnds();
  }

  cancel(reason?: unknown): void {
    if (this.state === 'complete' || this.cancelOutcome !== null) return;
    const error = toCancelledError(reason);
    this.cancelOutcome = reason instanceof TaskTimeoutError ? reason : error;
    if (this.batch === null) {
      this.#owner.dequeue(this);
      this.settle(true, this.cancelOutcome);
      return;
    }
    this.#owner.cancelSent(this, error);
    this.#limits ??= new TaskLimits(this);
    this.#limits.abandonAfter(this.#owner.graceMs() + ABANDON_MARGIN_MS, () => {
      this.#owner.abandon(this);
    });
  }

  settle(hasFailed: boolean, value: unknown): void {
    if (this.state === 'complete') return;
    this.#limits?.release();
    this.batch = null;
    // The thread has sent a copy of the cancellation; the submitter gets the original, with its reason.
    const isOurs = hasFailed && this.cancelOutcome !== null && isCancelled(value);
    this.complete(hasFailed, isOurs ? this.cancelOutcome : value);
    // A failure that nobody has asked for becomes an unhandled rejection, as it would for a promise.
    if (hasFailed && !this.isObserved && this.cancelOutcome === null) void this.result;
    this.#owner.ended(this);
  }

  /** Whether the task ended by cancellation or time-out. */
  get wasCancelled(): boolean {
    return this.hasFailed && (this.value === this.cancelOutcome || this.value instanceof TaskTimeoutError);
  }
}

/** Signal and timers of one task; only for tasks that have any. */
class TaskLimits {
  readonly #task: PoolTask;
  #releaseSignal: (() => void) | undefined;
  #queueTimer: NodeJS.Timeout | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #abandonTimer: NodeJS.Timeout | undefined;

  constructor(task: PoolTask) {
    this.#task = task;
  }

  watch({ signal, queueTimeoutMs, deadline }: CallOptions): void {
    const { name } = this.#task;
    if (queueTimeoutMs !== undefined) {
      this.#queueTimer = this.#cancelAfter(queueTimeoutMs, () => new TaskTimeoutError(name, 'queue', queueTimeoutMs));
    }
    if (deadline !== undefined) {
      const remainingMs = Math.max(0, deadline - (performance.timeOrigin + performance.now()));
      this.#deadlineTimer = this.#cancelAfter(remainingMs, () => new TaskTimeoutError(name, 'deadline', deadline));
    }
    if (signal !== undefined) {
      this.#releaseSignal = onAbort(signal, () => {
        this.#task.cancel(signal.reason);
      });
    }
  }

  #cancelAfter(delayMs: number, reason: () => Error): NodeJS.Timeout {
    return setTimeout(() => {
      this.#task.cancel(reason());
    }, delayMs);
  }

  queueTimeEnds(): void {
    clearTimeout(this.#queueTimer);
  }

  abandonAfter(delayMs: number, abandon: () => void): void {
    this.#abandonTimer ??= setTimeout(abandon, delayMs);
  }

  release(): void {
    this.#releaseSignal?.();
    clearTimeout(this.#queueTimer);
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#abandonTimer);
  }
}
