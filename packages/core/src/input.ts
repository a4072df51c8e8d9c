/** Iterables as arguments: read where the task runs, pulled from where the call was made. */

import { describe } from './options.ts';

const INPUT = Symbol.for('heddle.input.v1');

/** On `globalThis`, because two installed copies of this package must recognise each other's inputs. */
interface InputHost {
  [INPUT]?: boolean;
}

type Source<T> = AsyncIterable<T> | Iterable<T>;

/**
 * An iterable that was given to a task. Executors that leave the thread put a connection in its place; wherever else it would be
 * copied, it refuses to be, by having a function.
 */
export class Input<T> implements AsyncIterable<T> {
  /** Begins to read the source. */
  readonly open: () => AsyncIterator<T>;

  constructor(source: Source<T>) {
    this.open = () => iteratorOf(source);
    Object.defineProperty(this, INPUT, { value: true });
    (globalThis as InputHost)[INPUT] = true;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.open();
  }
}

function iteratorOf<T>(source: Source<T>): AsyncIterator<T> {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  const iterator = source[Symbol.iterator]();
  return {
    next: async () => iterator.next(),
    return: async () => iterator.return?.() ?? { done: true, value: undefined },
  };
}

/**
 * Lets a task read an iterable that stays where it is: the lines of a file, a `ReadableStream`, a generator. Wherever the task runs, it
 * gets an async iterable, which asks for no more than 16 items in advance. An error of the source is thrown where the task reads;
 * when the task stops reading, fails or is cancelled, the source is closed with `return()`.
 *
 * @param source is read once a task reads it, and by one task only; items are copied, or moved as `moved` says
 * @throws {TypeError} when `source` is not iterable
 * @remarks It must be an argument itself, and not a part of one.
 * @example
 * ```ts
 * const total = task(import.meta, 'total', async (amounts: AsyncIterable<number>) => {
 *   let sum = 0;
 *   for await (const amount of amounts) sum += amount; // or in a coroutine: yield* each(amounts)
 *   return sum;
 * });
 *
 * await pool.run(total(input(readAmounts())));
 * ```
 */
export function input<T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> {
  const isIterable = typeof source === 'object' && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
  if (!isIterable) throw new TypeError(`Expected input() of an iterable or async iterable, got ${describe(source)}`);
  return new Input(source);
}

/** Whether any input was made: whoever sends calls need not look for one before that. */
export function hasInputs(): boolean {
  return (globalThis as InputHost)[INPUT] === true;
}

/** Whether `value` is what `input` gives. */
export function isInput(value: unknown): value is Input<unknown> {
  return typeof value === 'object' && value !== null && INPUT in value;
}
