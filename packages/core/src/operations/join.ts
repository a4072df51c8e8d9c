import type { Call } from '../call.ts';
import type { Coroutine, Operation } from '../coroutine.ts';
import { spawnIn } from '../engine/spawn-into.ts';
import { TaskCall } from '../engine/task-call.ts';
import { operation } from '../engine/wait.ts';
import { describe } from '../options.ts';
import { endScope, openScope } from './scoped.ts';

/**
 * Runs two calls side by side and gives both values: `first` here and now, as `yield* first` does, and `second` as a child, which
 * another thread may take meanwhile. For divide and conquer, where it costs less than `all`. If one of them fails, the other is
 * cancelled; the failure is thrown once both have ended.
 *
 * @throws {TypeError} when `first` or `second` is no call
 * @see Frigo, Leiserson, Randall, "The Implementation of the Cilk-5 Multithreaded Language" (PLDI 1998), for running one half in place
 * @example
 * ```ts
 * const [left, right] = yield* join(sum(from, middle), sum(middle, to));
 * ```
 */
export function join<A, B>(first: Call<A>, second: Call<B>): Operation<[A, B]> {
  expectCall('first', first);
  expectCall('second', second);
  return operation(() => joinBoth(first, second as unknown as TaskCall));
}

function expectCall(which: string, value: unknown): void {
  if (!(value instanceof TaskCall)) throw new TypeError(`Expected join() of two calls, such as join(fib(30), fib(29)), got ${describe(value)} as the ${which}`);
}

/** By hand instead of with `runInScope`, because one generator more costs a twentieth of it (bench `steal-overhead`). */
function* joinBoth<A, B>(first: Call<A>, second: TaskCall): Coroutine<[A, B]> {
  const scope = openScope('join()', 'every');
  const child = spawnIn(scope, second);
  let hasFailed = false;
  let outcome: unknown;
  try {
    outcome = yield* first;
  } catch (error) {
    hasFailed = true;
    outcome = error;
  }
  const value = yield* endScope(scope, hasFailed, outcome);
  return [value as A, child.value as B];
}
