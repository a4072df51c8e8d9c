import { systemClock } from '@heddle/core';
import type { Source } from './source.ts';

/**
 * How long items that were read wait for others to fill their chunk, in milliseconds. Half of what a chunk should take to run:
 * a slow input costs its items no more than that, and a fast one is not cut into pieces.
 */
const LINGER_MS = 1;

/** How long an input that was told to end may take, in milliseconds. One that hangs in a read never gets to its clean-up; executors let go of tasks after the same time. */
const CLOSE_GRACE_MS = 5_000;

/** Items that arrive in their own time. Reads one at a time, and only while a `take` asks for more than there is. */
export class AsyncSource<T> implements Source<T> {
  readonly length = undefined;
  readonly #items: AsyncIterable<T>;
  #iterator: AsyncIterator<T> | null = null;
  /** Read and not taken. */
  #buffer: T[] = [];
  #isReading = false;
  #isDone = false;
  #isInterrupted = false;
  #failure: { readonly error: unknown } | null = null;
  /** Wakes the `take` that waits. */
  #wake: () => void = () => {};

  constructor(items: AsyncIterable<T>) {
    this.#items = items;
  }

  async take(max: number): Promise<readonly T[]> {
    this.#iterator ??= this.#items[Symbol.asyncIterator]();
    let hasLingered = false;
    let cancelTimer: (() => void) | undefined;
    while (this.#buffer.length < max && !this.#isDone && !this.#isInterrupted && !hasLingered) {
      if (!this.#isReading) void this.#read(this.#iterator);
      if (this.#buffer.length > 0) {
        cancelTimer ??= systemClock.setTimer(() => {
          hasLingered = true;
          this.#wake();
        }, LINGER_MS);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    cancelTimer?.();
    if (this.#isInterrupted) return [];
    if (this.#failure !== null) throw this.#failure.error;
    return this.#buffer.splice(0, max);
  }

  /** Never throws: a failure is kept for `take`. */
  async #read(iterator: AsyncIterator<T>): Promise<void> {
    this.#isReading = true;
    try {
      const step = await iterator.next();
      if (step.done === true) this.#isDone = true;
      else this.#buffer.push(step.value);
    } catch (error) {
      this.#isDone = true;
      this.#failure = { error };
    }
    this.#isReading = false;
    this.#wake();
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#wake();
  }

  async close(): Promise<void> {
    if (this.#iterator === null || this.#isDone) return;
    this.#isDone = true;
    let cancelTimer: (() => void) | undefined;
    const grace = new Promise<void>((resolve) => {
      cancelTimer = systemClock.setTimer(resolve, CLOSE_GRACE_MS);
    });
    await Promise.race([this.#return(this.#iterator), grace]);
    cancelTimer?.();
  }

  async #return(iterator: AsyncIterator<T>): Promise<void> {
    try {
      await iterator.return?.();
    } catch {
      // As in `for await`: what ended the loop is what there is to tell.
    }
  }
}
