/** A failing call harms no other. */

import assert from 'node:assert/strict';
import type { Call, Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { outcomesOf } from '../outcomes.ts';
import { echo, echoAsync, echoCoroutine, fail, failAsync, failAwaited, failCoroutine, failInAll, failUnjoined, hold, HOLD_CELLS, RELEASE, STARTED } from '../tasks.ts';

export const isolation = defineLaw('isolation', 'a failing call harms no other', [
  ['neighbours', 'those that were submitted together with it', neighbours],
  ['running', 'those that run already', running],
  ['later', 'those that come later', later],
]);

const FAILURES: readonly (() => Call<unknown, true>)[] = [
  () => fail('custom'),
  () => failAsync('builtin'),
  () => failCoroutine('caused'),
  () => failAwaited('aggregate'),
  () => failUnjoined('coded'),
  () => failInAll('renamed'),
];

async function neighbours(executor: Executor<true>): Promise<void> {
  const bodies = [echo, echoAsync, echoCoroutine];
  const good = Array.from({ length: 60 }, (_, index) => index);
  const results: Promise<unknown>[] = [];
  const failures: Promise<unknown>[] = [];
  for (const index of good) {
    // Invariant: the remainder is an index of the list.
    results.push(executor.run(bodies[index % bodies.length]!(index)));
    failures.push(executor.run(FAILURES[index % FAILURES.length]!()));
  }
  const ends = await outcomesOf(failures);
  assert.ok(ends.every((outcome) => outcome.status === 'rejected'), 'expected every failing call to fail');
  assert.deepEqual(await Promise.all(results), good);
}

async function running(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const result = executor.run(hold(board.buffer, 0));
  await board.reached(STARTED);
  const ends = await outcomesOf(FAILURES.map((failure) => executor.run(failure())));
  assert.ok(ends.every((outcome) => outcome.status === 'rejected'), 'expected every failing call to fail');
  board.raise(RELEASE);
  assert.equal(await result, 'released');
}

async function later(executor: Executor<true>): Promise<void> {
  for (const failure of FAILURES) {
    await outcomesOf([executor.run(failure())]);
    assert.equal(await executor.run(echoCoroutine('later')), 'later');
  }
}
