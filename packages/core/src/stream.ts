/** Tasks that give many values, read one by one. */

import type { Call } from './call.ts';
import { isCancelled } from './errors.ts';
import type { Executor, NotInferred, TaskHandle } from './executor.ts';
import type { CallOptions } from './options.ts';

declare const EMITS: unique symbol;

/** Says of a call which values its task emits. Present in the type only. */
export interface Emits<out T> {
  readonly [EMITS]?: T;
}

/** Options of a streamed call. */
export type StreamOptions = CallOptions;

/**
 * Runs a call and gives what its task emits, one by one: what an async generator body yields, what `emit` is given.
 *
 * Nothing starts before the first value is asked for; each iteration runs the call anew. The task waits while 16 values wait to be
 * read. Leaving the loop early cancels the task and waits for its end. When the task fails, the loop throws, after the values that
 * came before.
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
export async function* stream<T, P extends boolean>(executor: Executor<P>, call: Call<unknown, NotInferred<P>> & Emits<T>, options?: StreamOptions): AsyncGenerator<T, void, void> {
  const handle = executor.submit(call as Call<unknown, P>, options);
  // Ordering: before the task can start, so that no value is missed.
  const values = handle.progress as AsyncIterable<T>;
  // It is asked for below. A failure while somebody still reads what came before is nobody's loss.
  handle.result.catch(() => {});
  let isComplete = false;
  try {
    yield* values;
    isComplete = true;
  } finally {
    if (!isComplete) await end(handle);
  }
  await handle.result;
}

async function end(handle: TaskHandle<unknown>): Promise<void> {
  handle.cancel();
  try {
    await handle.result;
  } catch (error) {
    if (!isCancelled(error)) throw error;
  }
}
