/** Operations under a limit of time: `timeout` and `deadline`. They cover everything that is awaited or spawned inside. */

import type { Coroutine, Operation } from '../coroutine.ts';
import { TaskTimeoutError, type TimeoutPhase } from '../errors.ts';
import { inContextOf } from '../engine/carried-context.ts';
import { suppress, suppressedOf } from '../engine/suppress.ts';
import { isOperation, operation } from '../engine/wait.ts';
import { describe, expectNumber } from '../options.ts';
import { openScope, runInScope } from './scoped.ts';

/**
 * Awaits `operation`, and cancels it when it takes longer than `ms` milliseconds of the executor's clock.
 *
 * @param ms above 0
 * @returns the operation's value, also when it came after all in spite of the cancellation
 * @throws {TaskTimeoutError} (`phase: 'run'`) once the operation has ended after its cancellation
 * @throws {TypeError} {RangeError} when an argument is wrong
 */
export function timeout<R>(ms: number, limited: Operation<R>): Operation<R> {
  expectNumber('ms', ms, { above: 0 });
  expectOperation('timeout', limited);
  return operation(() => runUntil(limited, 'run', ms, (now) => now + ms));
}

/**
 * Awaits `operation`, and cancels it when it has not ended by `at`.
 *
 * @param at milliseconds since the epoch, by the executor's clock
 * @throws {TaskTimeoutError} (`phase: 'deadline'`) once the operation has ended after its cancellation
 * @throws {TypeError} {RangeError} when an argument is wrong
 */
export function deadline<R>(at: number, limited: Operation<R>): Operation<R> {
  expectNumber('at', at);
  expectOperation('deadline', limited);
  return operation(() => runUntil(limited, 'deadline', at, () => at));
}

function expectOperation(what: string, value: unknown): void {
  if (!isOperation(value)) throw new TypeError(`Expected ${what}(time, operation) with something to await, got ${describe(value)}`);
}

function* runUntil<R>(limited: Operation<R>, phase: TimeoutPhase, limitMs: number, endOf: (now: number) => number): Coroutine<R> {
  const scope = openScope(phase === 'run' ? 'timeout()' : 'deadline()', 'keep');
  const { host, name } = scope.fiber;
  const now = host.clock.now();
  const at = endOf(now);
  scope.limitTo(at);
  let expired: TaskTimeoutError | null = null;
  const cancelTimer = host.clock.setTimer(
    () => {
      const error = new TaskTimeoutError(name, phase, limitMs);
      // The clock may call under the stores of another task.
      inContextOf(scope.fiber, () => {
        if (scope.cancel(error)) expired = error;
      });
    },
    Math.max(0, at - now),
  );
  try {
    return yield* runInScope(scope, limited);
  } catch (error) {
    if (expired === null || error !== scope.cancelError) throw error;
    suppress(expired, suppressedOf(error));
    throw expired;
  } finally {
    cancelTimer();
  }
}
