import type { Source } from './source.ts';

/** Items that are there when they are asked for. */
export class SyncSource<T> implements Source<T> {
  readonly length: number | undefined;
  readonly #items: Iterable<T>;
  #iterator: Iterator<T> | null = null;
  #isDone = false;

  constructor(items: Iterable<T>, length: number | undefined) {
    this.#items = items;
    this.length = length;
  }

  take(max: number): readonly T[] {
    const taken: T[] = [];
    this.#iterator ??= this.#items[Symbol.iterator]();
    while (taken.length < max && !this.#isDone) this.#takeOne(this.#iterator, taken);
    return taken;
  }

  #takeOne(iterator: Iterator<T>, taken: T[]): void {
    // Until proven otherwise: an iterator that throws has ended, and must not be told to.
    this.#isDone = true;
    const step = iterator.next();
    if (step.done === true) return;
    this.#isDone = false;
    taken.push(step.value);
  }

  interrupt(): void {}

  async close(): Promise<void> {
    if (this.#iterator === null || this.#isDone) return;
    this.#isDone = true;
    try {
      this.#iterator.return?.();
    } catch {
      // As in `for..of`: what ended the loop is what there is to tell.
    }
  }
}
