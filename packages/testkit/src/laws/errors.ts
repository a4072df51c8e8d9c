/** An error arrives as it was thrown. */

import assert from 'node:assert/strict';
import type { Executor } from '@heddle/core';
import { defineLaw } from '../law.ts';
import { outcomeOf } from '../outcomes.ts';
import { ERROR_KINDS, makeError, type ErrorKind } from '../sample-errors.ts';
import { fail, failAsync, failAwaited, failCoroutine, failInAll, failJoined, failUnjoined } from '../tasks.ts';

export const errors = defineLaw('errors', 'an error keeps its class name, message, code, own properties, cause and stack', [
  ['plain', 'when a plain body throws it', forEveryKind(fail)],
  ['async', 'when an async body throws it', forEveryKind(failAsync)],
  ['coroutine', 'when a coroutine throws it', forEveryKind(failCoroutine)],
  ['awaited', 'when it comes through an await', forEveryKind(failAwaited)],
  ['joined', 'when it comes from a child that was joined', forEveryKind(failJoined)],
  ['unjoined', 'when it comes from a child that was not', forEveryKind(failUnjoined)],
  ['all', 'when it comes through all()', forEveryKind(failInAll)],
]);

function forEveryKind(body: typeof fail | typeof failInAll) {
  return async (executor: Executor<true>): Promise<void> => {
    for (const kind of ERROR_KINDS) await expectError(executor, body, kind);
  };
}

async function expectError(executor: Executor<true>, body: typeof fail | typeof failInAll, kind: ErrorKind): Promise<void> {
  const outcome = await outcomeOf(executor.run(body(kind)));
  assert.equal(outcome.status, 'rejected', `expected the error '${kind}' to arrive`);
  const { reason } = outcome as PromiseRejectedResult;
  expectSame(reason, makeError(kind), kind);
  assert.match(String((reason as Error).stack), /makeError/, `${kind}: expected the stack to name the function that made the error`);
}

const BUILTINS: readonly ErrorConstructor[] = [TypeError, RangeError, SyntaxError, AggregateError as unknown as ErrorConstructor];

function expectSame(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path}: expected a list`);
    assert.equal(actual.length, expected.length, `${path}.length`);
    expected.forEach((item, index) => {
      expectSame(actual[index], item, `${path}[${index}]`);
    });
  } else if (expected instanceof Error) {
    expectSameError(actual, expected, path);
  } else {
    assert.deepEqual(actual, expected, path);
  }
}

function expectSameError(actual: unknown, expected: Error, path: string): void {
  assert.ok(actual instanceof Error, `${path}: expected an error, got ${String(actual)}`);
  assert.equal(actual.constructor.name, expected.constructor.name, `${path}: the name of its class`);
  assert.equal(actual.name, expected.name, `${path}.name`);
  assert.equal(actual.message, expected.message, `${path}.message`);
  const builtin = BUILTINS.find((errorClass) => expected.constructor === errorClass);
  if (builtin !== undefined) assert.ok(actual instanceof builtin, `${path}: expected an instance of ${builtin.name}`);
  for (const key of Object.getOwnPropertyNames(expected)) {
    if (key === 'stack' || key === 'message') continue;
    assert.ok(Object.hasOwn(actual, key), `${path}: expected its own property ${key}`);
    expectSame((actual as unknown as Record<string, unknown>)[key], (expected as unknown as Record<string, unknown>)[key], `${path}.${key}`);
  }
}
