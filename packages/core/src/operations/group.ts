/** Nurseries: `group`, and `all`, which is a group with one child for each of its operands. */

import { isCall, type Call } from '../call.ts';
import type { AwaitedResults, Coroutine, Operation } from '../coroutine.ts';
import { CallFrame } from '../engine/call-frame.ts';
import { contextHere } from '../engine/carried-context.ts';
import { ScopeEnd } from '../engine/scope-end.ts';
import { Scope, type FailureMode } from '../engine/scope.ts';
import { spawnIn } from '../engine/spawn-into.ts';
import { engine } from '../engine/state.ts';
import { isOperation, operation, notInTask } from '../engine/wait.ts';
import { isThenable } from '../engine/plain-body.ts';
import type { TaskHandle } from '../executor.ts';
import { describe } from '../options.ts';
import { task } from '../task.ts';

/** What the body of a `group` spawns its children with. */
export interface TaskGroup {
  /**
   * Starts a call as a child of the group.
   *
   * @throws {TypeError} when `call` is no call, or the group has ended
   */
  spawn<R>(call: Call<R>): TaskHandle<R>;
  /** Cancels the body and all children. */
  cancel(reason?: unknown): void;
}

/**
 * Runs `body` with a group to spawn children into, and ends only when all of them have. The first failure, of the body or of
 * a child, cancels the rest and is thrown raw once they have ended; further failures go along in its `suppressed`.
 *
 * @throws {TypeError} when `body` is no generator function
 */
export function group<R>(body: (group: TaskGroup) => Coroutine<R>): Operation<R> {
  if (typeof body !== 'function') throw new TypeError(`Expected group() of a generator function, got ${describe(body)}`);
  return operation(() => runGroup(body));
}

function* runGroup<R>(body: (group: TaskGroup) => Coroutine<R>): Coroutine<R> {
  const scope = openScope('cancel');
  const nursery: TaskGroup = {
    spawn: (call) => {
      if (scope.isClosed) throw new TypeError('Expected group.spawn() before the group has ended, got a call after its end');
      const { fiber } = scope;
      // Captured here: it may be called inside `storage.run`, by another task, or by an event listener.
      return spawnIn(scope, expectCall(call), contextHere(fiber.host.followsAsync, fiber)) as unknown as TaskHandle<never>;
    },
    cancel: (reason) => {
      scope.cancel(reason);
    },
  };
  let hasFailed = false;
  let outcome: unknown;
  try {
    outcome = yield* body(nursery);
  } catch (error) {
    hasFailed = true;
    outcome = error;
  }
  return (yield* endScope(scope, hasFailed, outcome)) as R;
}

/**
 * Runs calls side by side and gives their values: an array for an array, a record for a record. Takes calls, handles and other
 * operations, promises, and plain values. The first failure cancels the other calls and is thrown once they have ended.
 *
 * @example
 * ```ts
 * const [left, right] = yield* all([fib(n - 1), fib(n - 2)]);
 * const { user, posts } = yield* all({ user: loadUser(id), posts: loadPosts(id) });
 * ```
 * @throws {TypeError} when `calls` is neither an array nor a record
 */
export function all<const T extends readonly unknown[] | Record<string, unknown>>(calls: T): Operation<AwaitedResults<T>> {
  if (!Array.isArray(calls) && !isRecord(calls)) {
    throw new TypeError(`Expected all() of an array or a record of calls, got ${isCall(calls) ? 'a call of a task' : describe(calls)}`);
  }
  return operation(() => runAll(calls) as Coroutine<AwaitedResults<T>>);
}

/** Whether `value` is a plain object. Of a set, a map or a call, the own properties are not what the user means. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function* runAll(calls: readonly unknown[] | Record<string, unknown>): Coroutine<unknown> {
  const scope = openScope('every');
  const isArray = Array.isArray(calls);
  const keys = Object.keys(calls);
  const operands: Operand[] = [];
  let hasFailed = false;
  let failure: unknown;
  try {
    for (const key of keys) operands.push(start(scope, (calls as Record<string, unknown>)[key]));
  } catch (error) {
    hasFailed = true;
    failure = error;
  }
  yield* endScope(scope, hasFailed, failure);
  // Invariant: the scope has ended without a failure, so every operand has its value.
  const values = operands.map((operand) => operand.value);
  return isArray ? values : Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}

/** An operand of `all` under way: a child of the group, or a value that was there from the beginning. */
type Operand = { readonly value: unknown };

const awaitOperation = task(function* awaitOperation(operand: Operation<unknown>) {
  return yield* operand;
});

const awaitPromise = task(async function awaitPromise(operand: PromiseLike<unknown>) {
  return await operand;
});

function start(scope: Scope, operand: unknown): Operand {
  if (operand instanceof CallFrame) return spawnIn(scope, operand);
  if (isOperation(operand)) return spawnIn(scope, awaitOperation(operand) as unknown as CallFrame);
  if (isThenable(operand)) {
    // Asked for from here on, although the child that awaits it may be cancelled before it gets to it.
    if (operand instanceof Promise) operand.catch(() => {});
    return spawnIn(scope, awaitPromise(operand) as unknown as CallFrame);
  }
  return { value: operand };
}

function openScope(mode: FailureMode): Scope {
  const { fiber, frame } = engine;
  if (fiber === null || frame === null) throw notInTask('a group');
  return new Scope(fiber, frame, mode);
}

function endScope(scope: Scope, hasFailed: boolean, outcome: unknown): Operation<unknown> {
  return new ScopeEnd(scope, hasFailed, outcome) as unknown as Operation<unknown>;
}

function expectCall(call: unknown): CallFrame {
  if (call instanceof CallFrame) return call;
  throw new TypeError(`Expected group.spawn() of a call, such as group.spawn(fib(30)), got ${describe(call)}`);
}
