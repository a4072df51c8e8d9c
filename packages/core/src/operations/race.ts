/** Operations of which one operand decides: `race` (the first to end) and `any` (the first to succeed). The others are cancelled and awaited. */

import type { Awaitable, Coroutine, Operation } from '../coroutine.ts';
import { CancelledError } from '../errors.ts';
import { Fiber } from '../engine/fiber.ts';
import type { Scope } from '../engine/scope.ts';
import { keepWith, suppress } from '../engine/suppress.ts';
import { operation } from '../engine/wait.ts';
import { endOperands, expectOperands, failuresToCleanUp, openScope, startAll, type Operands, type Started } from './scoped.ts';

/** Which operand won and with what: a union that `key` tells apart. */
export type Tagged<T> = { [K in keyof T]: { readonly key: K; readonly value: Awaitable<T[K]> } }[keyof T];

/** The winner of a list: `key` is its index. */
export type TaggedItem<T extends readonly unknown[]> = { readonly key: number; readonly value: Awaitable<T[number]> };

/** The winner of either. */
export type Winner<T> = T extends readonly unknown[] ? TaggedItem<T> : Tagged<T>;

/**
 * Runs calls side by side until the first one ends, cancels the others, and waits until they have ended too.
 *
 * @remarks Promises are not waited for: they are somebody else's. What a loser has come to although it was cancelled is dropped, so take
 * locks, permits and items under a `timeout` instead of racing them against a `sleep`.
 * @returns the winner's key and value
 * @throws what the winner has thrown, if it failed
 * @throws what a loser has thrown while it cleaned up; further failures in its `suppressed`
 * @throws {TypeError} when `operands` is neither an array nor a record, or empty
 * @example
 * ```ts
 * const first = yield* race({ page: load(url), gaveUp: sleep(1_000) });
 * if (first.key === 'page') render(first.value);
 * ```
 */
export function race<const T extends readonly unknown[] | Record<string, unknown>>(operands: T): Operation<Winner<T>> {
  expectSome('race', operands);
  return operation(() => runRace('race()', operands, () => true) as Coroutine<Winner<T>>);
}

/**
 * Runs calls side by side until the first one succeeds, cancels the others, and waits until they have ended too. As `race` otherwise;
 * failures before the first success are ignored.
 *
 * @returns the winner's key and value
 * @throws {AggregateError} with the error of each, when all fail
 * @throws {TypeError} when `operands` is neither an array nor a record, or empty
 */
export function any<const T extends readonly unknown[] | Record<string, unknown>>(operands: T): Operation<Winner<T>> {
  expectSome('any', operands);
  return operation(() => runRace('any()', operands, (child) => !child.hasFailed) as Coroutine<Winner<T>>);
}

function expectSome(what: string, operands: unknown): void {
  expectOperands(what, operands);
  if (Object.keys(operands).length === 0) throw new TypeError(`Expected ${what}() of at least one call, got none`);
}

function* runRace(what: string, operands: Operands, wins: (child: Fiber) => boolean): Coroutine<unknown> {
  const scope = openScope(what, 'ignore');
  scope.markRace();
  let winner: unknown;
  const decide = (operand: unknown): void => {
    if (winner !== undefined) return;
    winner = operand;
    cancelLosers(scope, what);
  };
  scope.onChildEnded = (child) => {
    if (wins(child)) decide(child);
  };
  const started = yield* startAll(scope, operands);
  for (const operand of started.values()) if (!(operand instanceof Fiber)) decide(operand);
  try {
    yield* endOperands(scope, started);
  } catch (error) {
    if (winner instanceof Fiber && winner.hasFailed) keepWith(error, winner.value);
    throw error;
  }
  for (const [key, operand] of started) {
    if (operand !== winner) continue;
    throwFailures(operand, started.values());
    return { key: Array.isArray(operands) ? Number(key) : key, value: operand.value };
  }
  throw new AggregateError([...started.values()].map((operand) => operand.value), `Expected one call of ${what} to succeed, got failures of all ${started.size}`);
}

/** Throws the winner's failure, or what went wrong while the losers cleaned up, if anything did. */
function throwFailures(winner: Started, operands: Iterable<Started>): void {
  const failures = failuresToCleanUp(operands);
  if (winner instanceof Fiber && winner.hasFailed) failures.unshift(winner.value);
  if (failures.length === 0) return;
  const [first, ...others] = failures;
  suppress(first, others);
  throw first;
}

function cancelLosers(scope: Scope, what: string): void {
  scope.cancelChildren(new CancelledError(`The task was cancelled: another call of the same ${what} came first`));
}
