/**
 * The progress values of one task as an async iterable. Every loop over it gets each value that comes while it runs, in order; the
 * first loop also what has come since the stream was asked for. Loops end when the task does. A loop that was left holds nothing.
 */

import { ItemQueue } from './item-queue.ts';

type Result = IteratorResult<unknown, undefined>;

const END: Result = { done: true, value: undefined };

/** Called once a value was read, or dropped. */
export type OnTaken = () => void;

/** A value on its way to one or more loops. */
class Entry {
  readonly value: unknown;
  readonly #onTaken: OnTaken | null;
  /** Loops that have it before them. */
  #loops: number;

  constructor(value: unknown, onTaken: OnTaken | null, loops: number) {
    this.value = value;
    this.#onTaken = onTaken;
    this.#loops = loops;
    if (loops === 0) onTaken?.();
  }

  /** One of them has read it, or was left. */
  release(): void {
    if (--this.#loops === 0) this.#onTaken?.();
  }
}

export class ProgressStream implements AsyncIterable<unknown> {
  readonly #readers = new Set<Reader>();
  /** Values that came before the first loop; `null` from then on. */
  #early: ItemQueue<Entry> | null = new ItemQueue();
  #isEnded: boolean;

  constructor(isEnded: boolean) {
    this.#isEnded = isEnded;
  }

  push(value: unknown, onTaken: OnTaken | null): void {
    // Of a task that has ended, it is from an async function that was let go.
    const loops = this.#isEnded ? 0 : this.#readers.size + (this.#early === null ? 0 : 1);
    const entry = new Entry(value, onTaken, loops);
    if (loops === 0) return;
    this.#early?.push(entry);
    for (const reader of this.#readers) reader.push(entry);
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
  #values: ItemQueue<Entry>;
  /** Invariant: empty unless there are no values and the stream has not ended. */
  readonly #waiting = new ItemQueue<(result: Result) => void>();
  readonly #leave: () => void;
  #isEnded = false;

  constructor(values: ItemQueue<Entry>, leave: () => void) {
    this.#values = values;
    this.#leave = leave;
  }

  push(entry: Entry): void {
    if (this.#waiting.size === 0) this.#values.push(entry);
    else {
      this.#waiting.shift()({ done: false, value: entry.value });
      entry.release();
    }
  }

  end(): void {
    this.#isEnded = true;
    while (this.#waiting.size > 0) this.#waiting.shift()(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#values.size > 0) {
      const entry = this.#values.shift();
      entry.release();
      return Promise.resolve({ done: false, value: entry.value });
    }
    if (this.#isEnded) return Promise.resolve(END);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Result> {
    this.#leave();
    // Nobody is to wait for a reader that does not come.
    while (this.#values.size > 0) this.#values.shift().release();
    this.end();
    return Promise.resolve(END);
  }
}
