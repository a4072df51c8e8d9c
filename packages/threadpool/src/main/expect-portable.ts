/** What a pool accepts, checked at run time: JavaScript callers have no compiler. */

import { NotPortableError, type CallOptions } from '@heddle/core';
import { TaskCall, describe, validateCallOptions } from '@heddle/core/engine';

/**
 * Returns `call` if it is a call of a portable task.
 *
 * @throws {NotPortableError} when it is anything else
 */
export function expectPortable(call: unknown): TaskCall {
  if (!(call instanceof TaskCall)) throw new NotPortableError(`Expected a call of a portable task, such as fib(30), got ${describe(call)}`);
  if (call.definition.portable) return call;
  throw new NotPortableError(
    `Expected a portable task, got the local task ${call.definition.name}. Define it with task(import.meta, 'name', body), so that a thread can find it by importing its module`,
  );
}

/**
 * Checks the options of a call to a pool.
 *
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when a number is out of its range
 */
export function expectCallOptions(options: CallOptions | undefined): void {
  validateCallOptions(options);
  const transfer: unknown = options?.transfer;
  if (transfer !== undefined && !Array.isArray(transfer)) {
    throw new TypeError(`Expected \`transfer\` to be an array of objects to move, got ${describe(transfer)}`);
  }
}
