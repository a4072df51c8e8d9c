/** Calls: a task with its arguments, nothing started. */

import type { Coroutine, Operation } from './coroutine.ts';
import { TaskCall } from './engine/task-call.ts';
import type { CallOptions } from './options.ts';
import type { Task } from './task.ts';

/** Inert: a task and its arguments, nothing started. Not thenable. Await it with `yield*`, or give it to an executor. */
export interface Call<out R, out Portable extends boolean = boolean> extends Operation<R> {
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments' types have done their work when the call was made
  readonly task: Task<any, unknown, Portable>;
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
  /** Returns the same call with `options` on top of the ones it has. */
  with(options: CallOptions): Call<R, Portable>;
  /** Present in the type only: keeps calls of different results apart. */
  [Symbol.iterator](): Coroutine<R>;
}

/** Whether `value` is a call. */
export function isCall(value: unknown): value is Call<unknown> {
  return value instanceof TaskCall;
}
