import { InlineExecutor } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { growUntil, noteByPriority, noteMany, raiseFromChild, randomTree, staysAtHome, takesOutcomeInTurn } from './fixtures/stealing.js';
import { raiseFlag } from './fixtures/cancelling.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

async function warmPool(threads: number, copyHints = true): Promise<ThreadPool> {
  const pool = new ThreadPool({ threads, copyHints });
  await warmUp(pool);
  return pool;
}

/** A list for `note`. */
const listOf = (length: number): SharedArrayBuffer => new SharedArrayBuffer((length + 1) * Int32Array.BYTES_PER_ELEMENT);

const entriesOf = (list: SharedArrayBuffer): number[] => {
  const [length, ...entries] = new Int32Array(list);
  return entries.slice(0, length);
};

describe('the outcome of a call that has moved', () => {
  test('reaches its busy parent between two steps, before the event loop has its turn', async () => {
    await using pool = await warmPool(2);
    let inTurn = 0;
    for (let round = 0; round < 40; round++) {
      await warmUp(pool);
      const { wasInTurn, isElsewhere } = await pool.run(takesOutcomeInTurn(new Flag().memory));
      expect(isElsewhere).toBe(true);
      if (wasInTurn) inTurn++;
    }
    // Not always: the other thread may be kept from running for longer than a turn.
    expect(inTurn).toBeGreaterThan(0);
  });
});

describe('the calls of a thread', () => {
  test('of trees that were submitted in a row are walked tree by tree', async () => {
    await using pool = await warmPool(1);
    const list = listOf(192);
    await Promise.all([1, 2, 3].map((value) => pool.run(noteMany(list, value, 2))));
    expect(entriesOf(list)).toEqual([1, 2, 3].flatMap((value) => Array.from({ length: 64 }, () => value)));
  });

  test('begin by priority where tasks have spawned them', async () => {
    await using pool = await warmPool(1);
    const list = listOf(7);
    await pool.run(noteByPriority(list, [0, 1, -1, 2, 0, 1, -2]));
    expect(entriesOf(list)).toEqual([2, 1, 1, 0, 0, -1, -2]);
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

describe('a call of which the arguments cannot be copied', () => {
  let warnings: string[] = [];
  const note = (warning: Error): void => {
    if ((warning as { code?: string }).code === 'HEDDLE_CANNOT_MOVE') warnings.push(warning.message);
  };
  beforeEach(() => {
    warnings = [];
    process.on('warning', note);
  });
  afterEach(() => {
    process.off('warning', note);
  });

  /** Warnings come on the next tick. */
  const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

  test('runs at home, the next one moves, and a warning names task and argument once', async () => {
    for (let round = 0; round < 3; round++) {
      await using pool = await warmPool(2);
      expect(await pool.run(staysAtHome(new Flag().memory, false))).toEqual({ isAtHome: true, isElsewhere: true });
    }
    await nextTick();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Calls of task file:.*stealing\.js#callFunction that tasks spawn run on the thread of their parent .*: args\[0\]\.run is the function run\./);
  });

  test('is not spoken of with `copyHints: false`', async () => {
    {
      await using pool = await warmPool(2, false);
      expect(await pool.run(staysAtHome(new Flag().memory, true))).toEqual({ isAtHome: true, isElsewhere: true });
    }
    await nextTick();
    expect(warnings).toEqual([]);
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
