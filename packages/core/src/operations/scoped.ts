/** What the operations that open a scope have in common: opening and ending it, and starting operands in it. */

import type { Coroutine, Operation } from '../coroutine.ts';
import { TaskCall } from '../engine/task-call.ts';
import { Fiber } from '../engine/fiber.ts';
import { isThenable } from '../engine/plain-body.ts';
import { ScopeEnd } from '../engine/scope-end.ts';
import { Scope, type FailureMode } from '../engine/scope.ts';
import { spawnIn } from '../engine/spawn-into.ts';
import { engine } from '../engine/state.ts';
import { suppress } from '../engine/suppress.ts';
import { isOperation, notInTask } from '../engine/wait.ts';
import { describe } from '../options.ts';
import { isCall } from '../call.ts';
import { task } from '../task.ts';
import { until } from './until.ts';

/** Opens a scope in the task that runs now. */
export function openScope(what: string, mode: FailureMode, isShield = false): Scope {
  const { fiber, level } = engine;
  if (fiber === null) throw notInTask(what);
  return new Scope(fiber, level, mode, isShield);
}

/** Waits for the scope's children, then gives or throws what its body has come to. */
export function endScope(scope: Scope, hasFailed: boolean, outcome: unknown): Operation<unknown> {
  return new ScopeEnd(scope, hasFailed, outcome) as unknown as Operation<unknown>;
}

/** Runs `operation` as the body of `scope`, and ends the scope. */
export function* runInScope<R>(scope: Scope, operation: Operation<R>): Coroutine<R> {
  let hasFailed = false;
  let outcome: unknown;
  try {
    outcome = yield* operation;
  } catch (error) {
    hasFailed = true;
    outcome = error;
  }
  return (yield* endScope(scope, hasFailed, outcome)) as R;
}

/** What runs side by side: a tuple or array, or a record. */
export type Operands = readonly unknown[] | Record<string, unknown>;

/** @throws {TypeError} when `operands` is neither an array nor a record */
export function expectOperands(what: string, operands: unknown): asserts operands is Operands {
  if (Array.isArray(operands) || isRecord(operands)) return;
  throw new TypeError(`Expected ${what}() of an array or a record of calls, got ${isCall(operands) ? 'a call of a task' : describe(operands)}`);
}

/** Whether `value` is a plain object. Of a set, a map or a call, the own properties are not what the user means. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** An operand under way: a child of the scope, or a value that was there from the beginning. */
export type Started = Fiber | { readonly value: unknown };

/** Starts every operand as a child of `scope`. When one cannot be started, those before it are cancelled and awaited. */
export function* startAll(scope: Scope, operands: Operands): Coroutine<Map<string, Started>> {
  const started = new Map<string, Started>();
  try {
    // A hole in a sparse array counts as `undefined`, as it does for Promise.all.
    for (const [key, operand] of Object.entries(Array.isArray(operands) ? [...operands] : operands)) started.set(key, start(scope, operand));
  } catch (error) {
    yield* endScope(scope, true, error);
  }
  return started;
}

const awaitOperation = task(function* awaitOperation(operand: Operation<unknown>) {
  return yield* operand;
});

const awaitPromise = task(function* awaitPromise(operand: Promise<unknown>) {
  // Not as an async body, which would be waited for: the promise is somebody else's, and may never settle.
  return yield* until(() => operand);
});

/** Starts one operand as a child of `scope`. */
export function start(scope: Scope, operand: unknown): Started {
  if (operand instanceof TaskCall) return spawnIn(scope, operand);
  if (isOperation(operand)) return spawnIn(scope, awaitOperation(operand) as unknown as TaskCall);
  if (isThenable(operand)) {
    const promise = Promise.resolve(operand);
    // Asked for from here on, although the child that awaits it may be cancelled before it gets to it.
    promise.catch(() => {});
    return spawnIn(scope, awaitPromise(promise) as unknown as TaskCall);
  }
  return { value: operand };
}

/**
 * Waits until the operands of a scope that ignores failures have ended. When they were cancelled from outside, what went wrong in
 * their cleaning up is kept with the cancellation.
 */
export function* endOperands(scope: Scope, started: ReadonlyMap<string, Started>): Coroutine<void> {
  try {
    yield* endScope(scope, false, undefined);
  } catch (error) {
    suppress(error, failuresToCleanUp(started.values()));
    throw error;
  }
}

/** The errors of operands that were cancelled and went wrong in cleaning up. */
export function failuresToCleanUp(operands: Iterable<Started>): unknown[] {
  const errors: unknown[] = [];
  for (const operand of operands) if (operand instanceof Fiber && operand.hasFailedToCleanUp) errors.push(operand.value);
  return errors;
}

/** Gives `values` the shape of `operands`: an array for an array, a record for a record. */
export function inShapeOf(operands: Operands, values: ReadonlyMap<string, unknown>): unknown {
  return Array.isArray(operands) ? [...values.values()] : Object.fromEntries(values);
}
