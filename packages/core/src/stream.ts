/** Tasks and calls as the source of an async iterable: the way out of tasks for values that come one by one. */

import { isCall, type Call } from './call.ts';
import type { Coroutine, Operation } from './coroutine.ts';
import { isMereCancellation } from './engine/suppress.ts';
import type { Executor, NotInferred, TaskHandle } from './executor.ts';
import { describe, expectNumber, validateCallOptions, type CallOptions } from './options.ts';
import { streamCall, type Emits } from './stream-call.ts';
import { Channel } from './sync/channel.ts';
import { task } from './task.ts';

/** What the body of a {@link stream} sends its items with. */
export interface Sink<in T> {
  /** Sends `item`; waits until the reader has taken enough of those before it. */
  send(item: T): Operation<void>;
}

/** Options of {@link stream}: those of a call, and how far the body may be ahead of its reader. */
export interface StreamOptions extends CallOptions {
  /** How many items may wait for the reader: an integer of at least 0. With 0, `send` waits until its item is taken. @default 0 */
  readonly capacity?: number | undefined;
}

/** An async iterable that a task feeds. Made by {@link stream}; for one reader, once. */
export interface TaskStream<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  /** Cancels the task and waits until it has ended. Rejects with what went wrong while it cleaned up, once. */
  return(): Promise<IteratorResult<T, undefined>>;
}

/**
 * Runs a call on any executor and gives what its task emits, one by one: what an async generator body yields, what `emit` is given.
 *
 * Nothing starts before the first value is asked for. The task waits while 16 values wait to be read. Leaving the loop early cancels
 * the task and waits for its end. When the task fails, the loop throws, after the values that came before.
 *
 * @throws {ExecutorClosedError} after `close()`, and whatever the task throws: from the loop
 * @example
 * ```ts
 * const lines = task(import.meta, 'lines', async function* (path: string) {
 *   for await (const line of readline.createInterface({ input: createReadStream(path) })) yield line;
 * });
 *
 * for await (const line of stream(pool, lines('log.txt'))) if (line === 'end') break; // `line` is a string
 * ```
 */
export function stream<T, P extends boolean>(
  executor: Executor<P>,
  call: Call<unknown, NotInferred<P>> & Emits<T>,
  options?: CallOptions,
): AsyncGenerator<T, void, void>;
/**
 * Runs a body as a task, and gives what it sends as an async iterable: `for await (const item of stream(executor, body))`.
 *
 * @param executor one of this thread: the body is a function and cannot leave it
 * @param body gets the {@link Sink} to send items with
 * @remarks The task starts with the first `next`, and its reader holds it back: it is at most `capacity` items ahead. Leaving the loop
 * cancels the task and waits for its end. After the last item the loop ends as the task did: normally, or with its error.
 * @throws {TypeError} {RangeError} when an argument is wrong
 * @example
 * ```ts
 * const pages = stream<Page>(multiplexer, function* (out) {
 *   for (let url: string | undefined = first; url !== undefined; ) {
 *     const page = yield* until((signal) => fetchPage(url, { signal }));
 *     yield* out.send(page);
 *     url = page.next;
 *   }
 * });
 * for await (const page of pages) {
 *   if (page.isLast) break; // the task ends here, its `finally` blocks included
 * }
 * ```
 */
export function stream<T>(executor: Executor, body: (out: Sink<T>) => Coroutine<unknown>, options?: StreamOptions): TaskStream<T>;
export function stream<T>(executor: Executor, source: ((out: Sink<T>) => Coroutine<unknown>) | Call<unknown>, options: StreamOptions = {}): AsyncIterableIterator<T> {
  if (typeof (executor as Partial<Executor> | null | undefined)?.submit !== 'function') {
    throw new TypeError(`Expected stream(executor, body) with an executor, got ${describe(executor)}`);
  }
  if (isCall(source)) return streamCall(executor, source, options);
  if (typeof source !== 'function') throw new TypeError(`Expected stream(executor, body) with a generator function, got ${describe(source)}`);
  validateCallOptions(options);
  const { capacity = 0, ...callOptions } = options;
  expectNumber('capacity', capacity, { min: 0, integer: true, infinite: true });
  return new Stream(executor, source, capacity, callOptions);
}

class Stream<T> implements TaskStream<T> {
  readonly #items: Channel<T>;
  readonly #reader: AsyncIterator<T, undefined>;
  readonly #submit: () => TaskHandle<unknown>;
  #handle: TaskHandle<unknown> | null = null;
  /** Whether the reader has had the last of it. */
  #isOver = false;
  /** Whether somebody was told how the task ended. */
  #isTold = false;

  constructor(executor: Executor, body: (out: Sink<T>) => Coroutine<unknown>, capacity: number, options: CallOptions) {
    this.#items = new Channel<T>(capacity, { name: 'of a stream', external: true });
    this.#reader = this.#items[Symbol.asyncIterator]();
    const sink: Sink<T> = { send: (item) => this.#items.send(item) };
    const produce = task(() => body(sink));
    this.#submit = () => executor.submit(produce(), { name: body.name === '' ? 'stream' : body.name, ...options });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return END;
    const handle = (this.#handle ??= this.#start());
    const result = await this.#reader.next();
    if (result.done !== true || this.#isTold) return result;
    this.#isOver = true;
    this.#isTold = true;
    await handle.result;
    return END;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#isOver = true;
    const isTold = this.#isTold;
    this.#isTold = true;
    this.#handle?.cancel();
    try {
      await this.#handle?.result;
    } catch (error) {
      if (!isTold && !isMereCancellation(error)) throw error;
    } finally {
      await this.#reader.return?.();
    }
    return END;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #start(): TaskHandle<unknown> {
    const handle = this.#submit();
    const close = (): void => this.#items.close();
    handle.result.then(close, close);
    return handle;
  }
}

const END = { done: true, value: undefined } as const;
