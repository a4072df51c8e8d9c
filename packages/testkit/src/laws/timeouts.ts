/** A call that takes longer than it may ends with TaskTimeoutError, which says which limit it was. */

import assert from 'node:assert/strict';
import { systemClock, type CallOptions, type Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { failureOf, runsOnThisThread, type Failure } from '../outcomes.ts';
import { blockThread, echo, hold, holdAsync, HOLD_CELLS, holdWithChild, mark, RELEASE, STARTED } from '../tasks.ts';

/** Short, because the case waits for it in real time; it passes however slow the machine is. */
const LIMIT_MS = 5;

/** Longer than any case takes. */
const AMPLE_MS = 60_000;

export const timeouts = defineLaw('timeouts', 'a call that takes longer than it may ends with TaskTimeoutError', [
  ['run', 'a coroutine that runs longer than `timeoutMs`', endsWith('run', hold, () => ({ timeoutMs: LIMIT_MS }))],
  ['run-async', 'an async function that does', endsWith('run', holdAsync, () => ({ timeoutMs: LIMIT_MS }))],
  ['run-child', 'a call that awaits a child meanwhile', endsWith('run', holdWithChild, () => ({ timeoutMs: LIMIT_MS }))],
  ['deadline', 'a call that has not ended by its `deadline`', endsWith('deadline', hold, () => ({ deadline: systemClock.now() + LIMIT_MS }))],
  ['queue', 'a call that waits in the queue longer than `queueTimeoutMs` never starts', queue],
  ['in-time', 'a call that ends in time is left alone', inTime],
]);

function endsWith(phase: 'run' | 'deadline', body: typeof hold | typeof holdAsync, options: () => CallOptions) {
  return async (executor: Executor<true>): Promise<void> => {
    const board = new Board(2 * HOLD_CELLS);
    expectTimeout(await failureOf(executor.run(body(board.buffer, 0), options())), phase);
    board.raise(RELEASE);
    board.raise(HOLD_CELLS + RELEASE);
    assert.equal(await executor.run(echo('next')), 'next');
  };
}

function expectTimeout(error: Failure, phase: 'queue' | 'run' | 'deadline'): void {
  assert.equal(error.code, 'ERR_HEDDLE_TIMEOUT');
  assert.equal(error.name, 'TaskTimeoutError');
  const { phase: actual, limitMs } = error as { phase?: unknown; limitMs?: unknown };
  assert.equal(actual, phase, 'the phase of the time-out');
  if (phase !== 'deadline') assert.equal(limitMs, LIMIT_MS, 'the limit that the time-out names');
}

async function queue(executor: Executor<true>): Promise<void> {
  // On this thread nothing can hold the queue up and still let the test go on.
  if (await runsOnThisThread(executor)) return;
  const { capacity } = executor;
  const board = new Board(capacity * HOLD_CELLS + 1);
  const blockers: Promise<void>[] = [];
  for (let thread = 0; thread < capacity; thread++) {
    blockers.push(executor.run(blockThread(board.buffer, thread * HOLD_CELLS)));
    await board.reached(thread * HOLD_CELLS + STARTED);
  }
  const victim = capacity * HOLD_CELLS;
  expectTimeout(await failureOf(executor.run(mark(board.buffer, victim), { queueTimeoutMs: LIMIT_MS })), 'queue');
  for (let thread = 0; thread < capacity; thread++) board.raise(thread * HOLD_CELLS + RELEASE);
  await Promise.all(blockers);
  await executor.close();
  assert.equal(board.read(victim), 0, 'runs of the call');
}

async function inTime(executor: Executor<true>): Promise<void> {
  const options = { timeoutMs: AMPLE_MS, queueTimeoutMs: AMPLE_MS, deadline: systemClock.now() + AMPLE_MS };
  assert.equal(await executor.run(echo('in time'), options), 'in time');
}
