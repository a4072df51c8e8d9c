/** Telling apart what a mapper may return: something to await in a task, a promise, or a value that is there already. */

import { all, isCall, task, type Coroutine, type Operation } from '@heddle/core';

/** How core marks its operations, in every copy of it. */
const OPERATION = Symbol.for('heddle.operation');

/** Whether `value` is to be awaited with `yield*`: a call, a handle, an operation, or a running coroutine. */
export function isOperation(value: unknown): value is Operation<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return isCall(value) || OPERATION in value || Object.prototype.toString.call(value) === '[object Generator]';
}

/** Whether `value` is a promise, or behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

/** Gives what `value` comes to, whatever kind of thing it is. */
export function* awaitAny(value: unknown): Coroutine<unknown> {
  if (isOperation(value)) return yield* value;
  if (!isThenable(value)) return value;
  const [settled] = yield* all([value]);
  return settled;
}

/** {@link awaitAny} as a task of its own. */
export const awaited = task(awaitAny);
