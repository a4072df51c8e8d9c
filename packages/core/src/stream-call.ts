/** Calls that give many values, read one by one. */

import type { Call } from './call.ts';
import { isMereCancellation } from './engine/suppress.ts';
import type { Executor, TaskHandle } from './executor.ts';
import type { CallOptions } from './options.ts';

declare const EMITS: unique symbol;

/** Says of a call which values its task emits. Present in the type only. */
export interface Emits<out T> {
  readonly [EMITS]?: T;
}

/** Runs a call and gives what its task emits. */
export async function* streamCall<T>(executor: Executor, call: Call<unknown>, options?: CallOptions): AsyncGenerator<T, void, void> {
  const handle = executor.submit(call, options);
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
    if (!isMereCancellation(error)) throw error;
  }
}
