/** A failing call harms no other. */

import assert from 'node:assert/strict';
import type { Call, Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { outcomeOf, outcomesOf } from '../outcomes.ts';
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
  const pairs = good.map(async (index) => {
    // Invariant: the remainders are indices of the lists.
    const call = bodies[index % bodies.length]!;
    const failure = FAILURES[index % FAILURES.length]!;
    const [value, failed] = await outcomesOf([executor.run(call(index)), executor.run(failure())]);
    assert.equal(failed?.status, 'rejected', 'expected every failing call to fail');
    assert.deepEqual(value, { status: 'fulfilled', value: index });
  });
  await Promise.all(pairs);
}

async function running(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const end = outcomeOf(executor.run(hold(board.buffer, 0)));
  await board.reached(STARTED);
  const ends = await outcomesOf(FAILURES.map((failure) => executor.run(failure())));
  assert.ok(ends.every((outcome) => outcome.status === 'rejected'), 'expected every failing call to fail');
  board.raise(RELEASE);
  assert.deepEqual(await end, { status: 'fulfilled', value: 'released' });
}

async function later(executor: Executor<true>): Promise<void> {
  for (const failure of FAILURES) {
    await outcomesOf([executor.run(failure())]);
    assert.equal(await executor.run(echoCoroutine('later')), 'later');
  }
}
