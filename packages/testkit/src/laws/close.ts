/** `close()` finishes what was accepted, or cancels it at the deadline; afterwards nothing is accepted and nothing is left. */

import assert from 'node:assert/strict';
import type { Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { expectCancelled, failureOf, outcomeOf, outcomesOf } from '../outcomes.ts';
import { countLeaves, echo, echoAsync, echoCoroutine, hold, HOLD_CELLS, RELEASE, STARTED } from '../tasks.ts';

export const close = defineLaw('close', 'close() finishes what was accepted, or cancels it at the deadline', [
  ['empty', 'an executor that has nothing to do closes', async (executor) => {
    await executor.close();
    expectNothingLeft(executor);
  }],
  ['finishes', 'what was accepted finishes, with the children that it still spawns', finishes],
  ['waits', 'it waits for what runs', waits],
  ['deadline', 'what has not ended by the deadline is cancelled', cancelsAtDeadline],
  ['at-once', 'a deadline of 0 cancels at once', cancelsAtOnce],
  ['refuses', 'from then on submit() throws ExecutorClosedError and run() rejects with it', refuses],
  ['idempotent', 'it may be called again', idempotent],
  ['dispose', 'disposing of the executor closes it', async (executor) => {
    const end = outcomeOf(executor.run(echoCoroutine('accepted')));
    await executor[Symbol.asyncDispose]();
    assert.deepEqual(await end, { status: 'fulfilled', value: 'accepted' });
    await expectClosed(executor);
  }],
]);

function expectNothingLeft(executor: Executor<true>): void {
  const { queued, running, awaiting } = executor.stats();
  assert.deepEqual({ queued, running, awaiting }, { queued: 0, running: 0, awaiting: 0 });
  assert.deepEqual(executor.snapshot().tasks, []);
}

async function expectClosed(executor: Executor<true>): Promise<void> {
  assert.throws(() => executor.submit(echo(1)), { name: 'ExecutorClosedError', code: 'ERR_HEDDLE_CLOSED' });
  const error = await failureOf(executor.run(echo(1)));
  assert.equal(error.code, 'ERR_HEDDLE_CLOSED');
}

async function finishes(executor: Executor<true>): Promise<void> {
  const calls = [echo(1), echoAsync(2), echoCoroutine(3), countLeaves(2, 3)];
  const handles = Array.from({ length: 40 }, (_, index) => executor.submit(calls[index % calls.length]!)); // Invariant: the remainder is an index.
  const ends = outcomesOf(handles.map((handle) => handle.result));
  await executor.close();
  for (const handle of handles) assert.equal(handle.state, 'complete', 'expected everything to have ended when close() resolved');
  assert.ok((await ends).every((outcome) => outcome.status === 'fulfilled'), 'expected everything to have finished');
  expectNothingLeft(executor);
}

async function waits(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const handle = executor.submit(hold(board.buffer, 0));
  const end = outcomeOf(handle.result);
  await board.reached(STARTED);
  const closed = executor.close();
  await expectClosed(executor);
  assert.notEqual(handle.state, 'complete', 'expected the call to go on');
  board.raise(RELEASE);
  await closed;
  assert.deepEqual(await end, { status: 'fulfilled', value: 'released' });
  expectNothingLeft(executor);
}

async function cancelsAtDeadline(executor: Executor<true>): Promise<void> {
  const board = new Board(2 * HOLD_CELLS);
  const handles = [0, HOLD_CELLS].map((at) => executor.submit(hold(board.buffer, at)));
  await board.reached(STARTED);
  await board.reached(HOLD_CELLS + STARTED);
  const ends = Promise.all(handles.map((handle) => expectCancelled(handle.result)));
  await executor.close({ deadlineMs: 5 });
  for (const { cause } of await ends) assert.equal((cause as { code?: unknown } | undefined)?.code, 'ERR_HEDDLE_CLOSED', 'the cause of the cancellation');
  expectNothingLeft(executor);
  board.raise(RELEASE);
  board.raise(HOLD_CELLS + RELEASE);
}

async function cancelsAtOnce(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const handle = executor.submit(hold(board.buffer, 0));
  await board.reached(STARTED);
  const end = expectCancelled(handle.result);
  await executor.close({ deadlineMs: 0 });
  await end;
  board.raise(RELEASE);
}

async function refuses(executor: Executor<true>): Promise<void> {
  await executor.run(echo(1));
  const closed = executor.close();
  await expectClosed(executor);
  await closed;
  await expectClosed(executor);
}

async function idempotent(executor: Executor<true>): Promise<void> {
  const end = outcomeOf(executor.run(echoCoroutine('accepted')));
  await Promise.all([executor.close(), executor.close(), executor.close({ deadlineMs: 60_000 })]);
  await executor.close();
  assert.deepEqual(await end, { status: 'fulfilled', value: 'accepted' });
}
