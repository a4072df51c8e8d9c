import { current } from '../current.ts';
import type { Coroutine, Operation } from '../coroutine.ts';
import { onAbort } from '../engine/signal-hub.ts';
import { isThenable } from '../engine/plain-body.ts';
import { operation } from '../engine/wait.ts';
import { describe } from '../options.ts';
import { Channel } from '../sync/channel.ts';
import { until } from './until.ts';
import { use } from './use.ts';

/** Reads an iterable inside a task, item by item. */
export interface Cursor<T> {
  /**
   * Awaits the next item. After the last one, `done` is true. When it is cancelled, by a `timeout` say, the item that it was about to
   * get is there for the next call.
   */
  next(): Operation<IteratorResult<T, unknown>>;
}

type AnyIterable<T> = AsyncIterable<T> | Iterable<T>;

/**
 * Opens an iterable for reading inside a task. The iterator is closed (`return()`) at the end of the innermost scope, also under
 * cancellation, so that nothing stays open when the task stops early.
 *
 * @param source an iterable, or a function that makes one of a signal, which aborts when the scope is cancelled or ends
 * @remarks An async generator that awaits something cannot be closed before it has got it. So closing is not waited for while an item is
 * awaited that nobody wants any more, unless the source was made with a signal, by which it can let go.
 *
 * Of a `Channel` the items are received as by its own `next`: the channel stays open, and no item is lost to a cancellation.
 * @throws {TypeError} when `source` is not iterable
 * @example
 * ```ts
 * const lines = yield* each(readline.createInterface({ input }));
 * for (let line = yield* lines.next(); !line.done; line = yield* lines.next()) total += line.value.length;
 *
 * const clicks = yield* each((signal) => on(button, 'click', { signal })); // of node:events
 * ```
 */
export function each<T>(source: AnyIterable<T> | ((signal: AbortSignal) => AnyIterable<T>)): Operation<Cursor<T>> {
  if (typeof source === 'function') return operation(() => openWithSignal(source));
  expectIterable('each() of', source);
  return operation(() => (source instanceof Channel ? give(source as Channel<T>) : open(source, null)));
}

function expectIterable(what: string, value: unknown): void {
  const isIterable = typeof value === 'string' || (typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value));
  if (!isIterable) throw new TypeError(`Expected ${what} an iterable or async iterable, got ${describe(value)}`);
}

// oxlint-disable-next-line require-yield -- an operation that never suspends
function* give<T>(value: T): Coroutine<T> {
  return value;
}

function* openWithSignal<T>(makeSource: (signal: AbortSignal) => AnyIterable<T>): Coroutine<Cursor<T>> {
  const controller = new AbortController();
  const { signal } = current();
  const release = onAbort(signal, () => {
    controller.abort(signal.reason);
  });
  yield* use({ [Symbol.dispose]: release });
  const source = makeSource(controller.signal);
  expectIterable('the function given to each() to return', source);
  return yield* open(source, controller);
}

function* open<T>(source: AnyIterable<T>, controller: AbortController | null): Coroutine<Cursor<T>> {
  if (typeof source === 'object' && Symbol.asyncIterator in source) return yield* use(new AsyncCursor(source[Symbol.asyncIterator](), controller));
  return yield* use(new SyncCursor(source[Symbol.iterator]()));
}

/** What asking for an item has come to. */
type Asked<T> = IteratorResult<T, unknown> | { readonly error: unknown };

class AsyncCursor<T> implements Cursor<T>, AsyncDisposable {
  readonly #iterator: AsyncIterator<T>;
  readonly #controller: AbortController | null;
  /** Items that were asked for by who was cancelled then. */
  readonly #left: Promise<Asked<T>>[] = [];
  #isDone = false;

  constructor(iterator: AsyncIterator<T>, controller: AbortController | null) {
    this.#iterator = iterator;
    this.#controller = controller;
  }

  next(): Operation<IteratorResult<T, unknown>> {
    return operation(() => this.#take());
  }

  *#take(): Coroutine<IteratorResult<T, unknown>> {
    const item = this.#left.shift() ?? this.#ask();
    let asked: Asked<T>;
    try {
      asked = yield* until(() => item);
    } catch (error) {
      this.#left.unshift(item);
      throw error;
    }
    if ('error' in asked) throw asked.error;
    return asked;
  }

  /** Never rejects: so who awaits it fails only by being cancelled. */
  async #ask(): Promise<Asked<T>> {
    try {
      const result = await this.#iterator.next();
      if (result.done === true) this.#isDone = true;
      return result;
    } catch (error) {
      // As in `for await`: whoever fails is not asked to close.
      this.#isDone = true;
      return { error };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller?.abort();
    if (this.#isDone) return;
    this.#isDone = true;
    const closed = this.#iterator.return?.();
    if (this.#left.length === 0 || this.#controller !== null) await closed;
    else closed?.catch(() => {});
  }
}

class SyncCursor<T> implements Cursor<T>, Disposable {
  readonly #iterator: Iterator<T>;
  #isDone = false;

  constructor(iterator: Iterator<T>) {
    this.#iterator = iterator;
  }

  next(): Operation<IteratorResult<T, unknown>> {
    return operation(() => this.#take());
  }

  *#take(): Coroutine<IteratorResult<T, unknown>> {
    let result: IteratorResult<T, unknown>;
    try {
      result = this.#iterator.next();
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
    if (result.done === true) this.#isDone = true;
    const { value } = result;
    // As in `for await`.
    return isThenable(value) ? { done: this.#isDone, value: (yield* until(() => value)) as T } : result;
  }

  [Symbol.dispose](): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#iterator.return?.();
  }
}
