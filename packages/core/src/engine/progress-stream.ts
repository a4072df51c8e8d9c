/**
 * The progress values of one task as an async iterable. Every loop over it gets each value that comes while it runs, in order; the
 * first loop also what has come since the stream was asked for. Loops end when the task does. A loop that was left holds nothing.
 */

import { ItemQueue } from './item-queue.ts';

type Result = IteratorResult<unknown, undefined>;

const END: Result = { done: true, value: undefined };

export class ProgressStream implements AsyncIterable<unknown> {
  readonly #readers = new Set<Reader>();
  /** Values that came before the first loop; `null` from then on. */
  #early: ItemQueue<unknown> | null = new ItemQueue();
  #isEnded: boolean;

  constructor(isEnded: boolean) {
    this.#isEnded = isEnded;
  }

  push(value: unknown): void {
    // From an async function that was let go: its task has ended.
    if (this.#isEnded) return;
    this.#early?.push(value);
    for (const reader of this.#readers) reader.push(value);
  }

  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    const reader = new Reader(this.#early ?? new ItemQueue(), () => this.#readers.delete(reader));
    this.#early = null;
    if (this.#isEnded) reader.end();
    else this.#readers.add(reader);
    return reader;
  }
}

/** One loop. */
class Reader implements AsyncIterableIterator<unknown> {
  #values: ItemQueue<unknown>;
  /** Invariant: empty unless there are no values and the stream has not ended. */
  readonly #waiting = new ItemQueue<(result: Result) => void>();
  readonly #leave: () => void;
  #isEnded = false;

  constructor(values: ItemQueue<unknown>, leave: () => void) {
    this.#values = values;
    this.#leave = leave;
  }

  push(value: unknown): void {
    if (this.#waiting.size > 0) this.#waiting.shift()({ done: false, value });
    else this.#values.push(value);
  }

  end(): void {
    this.#isEnded = true;
    while (this.#waiting.size > 0) this.#waiting.shift()(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#values.size > 0) return Promise.resolve({ done: false, value: this.#values.shift() });
    if (this.#isEnded) return Promise.resolve(END);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Result> {
    this.#leave();
    this.#values = new ItemQueue();
    this.end();
    return Promise.resolve(END);
  }
}
