import type { Operation } from '../coroutine.ts';
import { isOperation, operation } from '../engine/wait.ts';
import { describe } from '../options.ts';
import { openScope, runInScope } from './scoped.ts';

/**
 * Awaits `operation` undisturbed: a cancellation from outside is thrown at the first suspension after it. For work that must not
 * be cut in half, such as a commit. What is cancelled inside, by a timeout or a group there, is cancelled all the same.
 *
 * @remarks Nothing bounds a shielded operation but itself; put a `timeout` inside.
 * @throws {TypeError} when `shielded` is no operation
 * @example
 * ```ts
 * finally { yield* shield(timeout(1_000, rollback())); }
 * ```
 */
export function shield<R>(shielded: Operation<R>): Operation<R> {
  if (!isOperation(shielded)) throw new TypeError(`Expected shield() of something to await, got ${describe(shielded)}`);
  return operation(() => runInScope(openScope('shield()', 'keep', true), shielded));
}
