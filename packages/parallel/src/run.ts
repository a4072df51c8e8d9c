/**
 * One run of a parallel function: what is under way, how it stops, and how it ends.
 *
 * Structured: whatever ends a run (its last item, a failure, its signal), everything that it has started has ended before it
 * settles, its input is closed, and no listener or timer is left.
 */

import { CancelledError, isCancelled } from '@heddle/core';
import { onAbort, toCancelledError } from '@heddle/core/engine';
import { EventLoopTurn } from './event-loop-turn.ts';
import { suppress } from './item-error.ts';
import type { CheckedOptions } from './options.ts';
import type { Source } from './source/source.ts';

/** Something under way. Handles of tasks are of this shape. */
export interface Running<out V> {
  readonly result: PromiseLike<V>;
  /** Asks it to end soon. Its result settles all the same. */
  cancel(reason: unknown): void;
}

export class Run {
  readonly #source: Source<unknown>;
  readonly #onProgress: CheckedOptions['onProgress'];
  readonly #limit: () => number;
  readonly #underWay = new Set<Running<unknown>>();
  readonly #turn = new EventLoopTurn();
  #completed = 0;
  #reported = 0;
  /** What ended the run early: the first failure, or the cancellation. */
  #stop: { readonly error: unknown; readonly reason: CancelledError } | null = null;
  /** Invariant: only the feeder waits, so one resolver is enough. */
  #wake: () => void = () => {};

  /** @param limit how many things may be under way; asked each time, as it may change */
  constructor(source: Source<unknown>, options: CheckedOptions, limit: () => number) {
    this.#source = source;
    this.#onProgress = options.onProgress;
    this.#limit = limit;
  }

  /**
   * Lets `feed` start everything there is to start, and settles when all of it has ended.
   *
   * @throws the first failure as it is, further ones in its `suppressed`; `CancelledError` when `signal` aborts
   */
  async conduct(signal: AbortSignal | undefined, feed: () => Promise<void>): Promise<void> {
    const release = signal && onAbort(signal, () => this.stop(toCancelledError(signal.reason)));
    try {
      await feed();
    } catch (error) {
      this.stop(error);
    }
    while (this.#underWay.size > 0) await this.#change();
    release?.();
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#stop === null) this.#tryTo(() => this.report());
    if (this.#stop === null) return;
    await this.#source.close();
    throw this.#stop.error;
  }

  get isStopped(): boolean {
    return this.#stop !== null;
  }

  get hasRoom(): boolean {
    return this.#stop === null && this.#underWay.size < this.#limit();
  }

  /** Waits until something may start, and lets the event loop have its turns. Returns false when the run has stopped. */
  async room(): Promise<boolean> {
    if (this.#turn.isDue) {
      this.report();
      await this.#turn.take();
    }
    while (!this.hasRoom && !this.isStopped) await this.#change();
    return !this.isStopped;
  }

  /** Whether `room` has anything to wait for. Asked first by feeders that start items at a high rate. */
  get mustWait(): boolean {
    return !this.hasRoom || this.#turn.isDue;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /**
   * Takes charge of something that has started.
   *
   * @param onValue gets its value, unless the run has stopped by then
   * @param toError makes of its error the one that stops the run
   */
  watch<V>(running: Running<V>, onValue: (value: V) => void, toError: (error: unknown) => unknown): void {
    this.#underWay.add(running);
    running.result.then(
      (value) => {
        this.#underWay.delete(running);
        if (!this.isStopped) this.#tryTo(() => onValue(value));
        this.#wake();
      },
      (error: unknown) => {
        this.#underWay.delete(running);
        this.stop(isCancelled(error) ? error : toError(error));
      },
    );
    // Whoever started it may have stopped the run by doing so.
    if (this.#stop !== null) running.cancel(this.#stop.reason);
  }

  #tryTo(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.stop(error);
    }
  }

  /** Ends the run early: cancels what is under way and starts nothing more. The first error counts. */
  stop(error: unknown): void {
    if (this.#stop === null) {
      const reason = isCancelled(error) ? error : new CancelledError('The task was cancelled: another item of the same run failed');
      this.#stop = { error, reason };
      for (const running of this.#underWay) running.cancel(reason);
      this.#source.interrupt();
    } else {
      suppress(this.#stop.error, error);
    }
    this.#wake();
  }

  /** Counts items that have ended. */
  completed(count: number): void {
    this.#completed += count;
  }

  /** Tells how far the run has come, if that is news. */
  report(): void {
    if (this.#reported === this.#completed) return;
    this.#reported = this.#completed;
    this.#onProgress?.({ completed: this.#completed, total: this.#source.length });
  }
}
