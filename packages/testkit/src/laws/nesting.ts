/** Calls that await calls never wait for one another for ever, however few tasks can step at the same moment. */

import assert from 'node:assert/strict';
import type { Executor } from '@heddle/core';
import { defineLaw } from '../law.ts';
import { awaitChain, countLeaves, spawnChain } from '../tasks.ts';

/** More parents than any executor under test has threads: each occupies one if awaiting does. */
const PARENTS = 40;

export const nesting = defineLaw('nesting', 'nested awaits never deadlock', [
  ['parents', 'many parents at once, each awaiting children three deep', async (executor) => {
    const counts = await Promise.all(Array.from({ length: PARENTS }, () => executor.run(countLeaves(3, 3))));
    assert.deepEqual(counts, Array.from({ length: PARENTS }, () => 27));
  }],
  ['spawns', 'a long chain in which each call joins the child that it spawned', (executor) => expectDepth(executor, spawnChain, 500)],
  ['awaits', 'a long chain of direct awaits', (executor) => expectDepth(executor, awaitChain, 20_000)],
  ['wide', 'one parent with many children, each with children of its own', async (executor) => {
    assert.equal(await executor.run(countLeaves(2, 60)), 3_600);
  }],
]);

async function expectDepth(executor: Executor<true>, chain: typeof spawnChain, depth: number): Promise<void> {
  assert.equal(await executor.run(chain(depth)), depth);
}
