import type { AwaitedResults, Coroutine, Operation } from '../coroutine.ts';
import { operation } from '../engine/wait.ts';
import { endScope, expectOperands, inShapeOf, openScope, startAll, type Operands } from './scoped.ts';

/**
 * Runs calls side by side and gives their values: an array for an array, a record for a record. Takes calls, handles and other
 * operations, promises, and plain values. The first failure cancels the other calls and is thrown once they have ended.
 *
 * @example
 * ```ts
 * const [left, right] = yield* all([fib(n - 1), fib(n - 2)]);
 * const { user, posts } = yield* all({ user: loadUser(id), posts: loadPosts(id) });
 * ```
 * @throws {TypeError} when `operands` is neither an array nor a record
 */
export function all<const T extends readonly unknown[] | Record<string, unknown>>(operands: T): Operation<AwaitedResults<T>> {
  expectOperands('all', operands);
  return operation(() => runAll(operands) as Coroutine<AwaitedResults<T>>);
}

function* runAll(operands: Operands): Coroutine<unknown> {
  const scope = openScope('all()', 'every');
  const started = yield* startAll(scope, operands);
  yield* endScope(scope, false, undefined);
  // Invariant: the scope has ended without a failure, so each operand has its value.
  return inShapeOf(operands, new Map([...started].map(([key, operand]) => [key, operand.value])));
}
