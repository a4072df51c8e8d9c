import { InlineExecutor } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { raiseFlag } from './fixtures/cancelling.js';
import { growUntil, noteMany, raiseFromChild, randomTree } from './fixtures/trees.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

async function warmPool(threads: number): Promise<ThreadPool> {
  const pool = new ThreadPool({ threads });
  await warmUp(pool);
  return pool;
}

/** A list for `note`. */
const listOf = (length: number): SharedArrayBuffer => new SharedArrayBuffer((length + 1) * Int32Array.BYTES_PER_ELEMENT);

const entriesOf = (list: SharedArrayBuffer): number[] => {
  const [length, ...entries] = new Int32Array(list);
  return entries.slice(0, length);
};

describe('the calls of a thread', () => {
  test('of trees that were submitted in a row are walked tree by tree', async () => {
    await using pool = await warmPool(1);
    const list = listOf(192);
    await Promise.all([1, 2, 3].map((value) => pool.run(noteMany(list, value, 2))));
    expect(entriesOf(list)).toEqual([1, 2, 3].flatMap((value) => Array.from({ length: 64 }, () => value)));
  });

  test.each([1, 2])('that were submitted while %i threads work on trees begin before those end', async (threads) => {
    await using pool = await warmPool(threads);
    const [started, flag] = [new Flag(), new Flag()];
    const trees = Array.from({ length: threads * 2 }, () => pool.run(growUntil(flag.memory, started.memory)));
    await started.raised();
    await pool.run(raiseFlag(flag.memory));
    await Promise.all(trees);
  });

  test('have their children started before the trees end that were there first', async () => {
    await using pool = await warmPool(1);
    const [started, flag] = [new Flag(), new Flag()];
    const tree = pool.run(growUntil(flag.memory, started.memory));
    await started.raised();
    await pool.run(raiseFromChild(flag.memory));
    await tree;
  });
});

test.each([2, 3])('random trees come to the same on %i threads as inline', async (threads) => {
  await using pool = await warmPool(threads);
  await using inline = new InlineExecutor();
  const outcomeOn = (executor: ThreadPool | InlineExecutor, seed: number): Promise<unknown> => executor.run(randomTree(seed, 6)).catch(String);
  const seeds = Array.from({ length: 100 }, (_, i) => i * 7919 + 2);
  const expected = await Promise.all(seeds.map((seed) => outcomeOn(inline, seed)));
  expect(await Promise.all(seeds.map((seed) => outcomeOn(pool, seed)))).toEqual(expected);
  for (const [i, seed] of seeds.entries()) expect(await outcomeOn(pool, seed)).toBe(expected[i]);
});
