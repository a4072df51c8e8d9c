/** How laws look at the end of a call. */

import assert from 'node:assert/strict';
import { threadId } from 'node:worker_threads';
import type { Executor, Outcome, TaskHandle } from '@heddle/core';
import { whichThread } from './tasks.ts';

/** Returns how `promise` ends, whichever way. */
export async function outcomeOf<R>(promise: Promise<R>): Promise<Outcome<R>> {
  const [outcome] = await Promise.allSettled([promise]);
  return outcome;
}

/** Returns how several promises end, in their order. */
export function outcomesOf(promises: readonly Promise<unknown>[]): Promise<Outcome<unknown>[]> {
  return Promise.allSettled(promises);
}

/** What laws read of an error. */
export interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/** Returns what `promise` rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await outcomeOf(promise);
  assert.equal(outcome.status, 'rejected', 'expected the call to fail');
  return ((outcome as PromiseRejectedResult).reason ?? {}) as Failure;
}

/** Checks that `promise` rejects as cancelled, and returns the error. */
export async function expectCancelled(promise: Promise<unknown>): Promise<Failure> {
  const error = await failureOf(promise);
  assert.equal(error.code, 'ERR_HEDDLE_CANCELLED', 'expected a CancelledError');
  assert.equal(error.name, 'AbortError');
  return error;
}

/** Returns whether the executor runs tasks on this thread. */
export async function runsOnThisThread(executor: Executor<true>): Promise<boolean> {
  return (await executor.run(whichThread())) === threadId;
}

/** Checks that a handle tells the same outcome wherever it is asked, and still does after a cancellation that comes too late. */
export async function expectSettledOnce(handle: TaskHandle<unknown>): Promise<Outcome<unknown>> {
  const outcome = await outcomeOf(handle.result);
  for (const moment of ['after its end', 'after a late cancellation']) {
    assert.equal(handle.state, 'complete', `the state ${moment}`);
    expectSameOutcome(handle.outcome, outcome, `handle.outcome ${moment}`);
    expectSameOutcome(await outcomeOf(handle.result), outcome, `handle.result ${moment}`);
    handle.cancel('too late');
  }
  return outcome;
}

function expectSameOutcome(actual: Outcome<unknown> | undefined, expected: Outcome<unknown>, what: string): void {
  assert.equal(actual?.status, expected.status, what);
  assert.ok(Object.is(contentOf(actual), contentOf(expected)), `${what}: expected the value or error that the result gave first, got another one`);
}

function contentOf(outcome: Outcome<unknown> | undefined): unknown {
  return outcome?.status === 'fulfilled' ? outcome.value : outcome?.reason;
}
