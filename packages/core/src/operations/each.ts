import type { Coroutine, Operation } from '../coroutine.ts';
import { operation } from '../engine/wait.ts';
import { describe } from '../options.ts';
import { until } from './until.ts';
import { use } from './use.ts';

/** Reads an async iterable inside a task, item by item. */
export interface Cursor<T> {
  /** Awaits the next item. After the last one, `done` is true. */
  next(): Operation<IteratorResult<T, unknown>>;
}

/**
 * Opens an iterable for reading inside a task. The iterator is closed (`return()`) at the end of the innermost scope, also under
 * cancellation, so that nothing stays open when the task stops early.
 *
 * @throws {TypeError} when `iterable` is not iterable
 * @example
 * ```ts
 * const lines = yield* each(readline.createInterface({ input }));
 * for (let line = yield* lines.next(); !line.done; line = yield* lines.next()) total += line.value.length;
 * ```
 */
export function each<T>(iterable: AsyncIterable<T> | Iterable<T>): Operation<Cursor<T>> {
  if (!isIterable(iterable)) throw new TypeError(`Expected each() of an iterable or async iterable, got ${describe(iterable)}`);
  return operation(() => open(iterable));
}

function isIterable(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

function* open<T>(iterable: AsyncIterable<T> | Iterable<T>): Coroutine<Cursor<T>> {
  const isAsync = typeof iterable === 'object' && Symbol.asyncIterator in iterable;
  const iterator: AsyncIterator<T> | Iterator<T> = isAsync ? iterable[Symbol.asyncIterator]() : (iterable as Iterable<T>)[Symbol.iterator]();
  let isDone = false;
  yield* use({
    async [Symbol.asyncDispose]() {
      if (!isDone) await iterator.return?.();
    },
  });
  function* next(): Coroutine<IteratorResult<T, unknown>> {
    const result = yield* until(() => iterator.next());
    isDone = result.done === true;
    return result;
  }
  return { next: () => operation(next) };
}
