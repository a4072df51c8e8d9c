import { ThreadPool } from '@heddle/threadpool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { deep, deepSpawns, failing, fib, grouped, mingleAfterSleep, spawnAndForget, sumOfSquares } from './fixtures/nested.js';
import { Flag } from './flag.ts';

describe.each([1, 2, 3])('nested calls on %i threads', (threads) => {
  let pool: ThreadPool;
  beforeAll(() => {
    pool = new ThreadPool({ threads });
  });
  afterAll(() => pool.close());

  test('recursive spawns and awaits give what the sequential function gives', async () => {
    expect(await pool.run(fib(18))).toBe(2584);
  });

  test('many recursive calls at once all end', async () => {
    expect(await Promise.all(Array.from({ length: 30 }, () => pool.run(fib(9))))).toEqual(Array.from({ length: 30 }, () => 34));
  });

  test('a chain of 100,000 awaits ends', async () => {
    expect(await pool.run(deep(100_000))).toBe(100_000);
  });

  test('a chain of 5,000 spawns ends', async () => {
    expect(await pool.run(deepSpawns(5_000))).toBe(5_000);
  });

  test('`all` of 10,000 calls gives their values in order', async () => {
    expect(await pool.run(sumOfSquares(10_000))).toBe(333_283_335_000);
  });

  test('a group awaits its handles in any order', async () => {
    expect(await pool.run(grouped(500))).toBe(41_541_750);
  });

  test('a task ends only when the children it has not awaited have', async () => {
    const counter = new SharedArrayBuffer(4);
    await pool.run(spawnAndForget(counter, 200));
    expect(new Int32Array(counter)[0]).toBe(200);
  });

  test('children that wait for one another by polling do not keep one another from starting', async () => {
    expect(await pool.run(mingleAfterSleep(new Flag().memory, new Flag().memory))).toHaveLength(2);
  });

  test('a failing child of `all` cancels its sibling, whose `finally` runs first, and is thrown as it was', async () => {
    const [started, ended, elsewhere] = [new Flag(), new Flag(), new Flag()];
    const failure = await failureOf(pool.run(failing({ started: started.memory, ended: ended.memory, elsewhere: elsewhere.memory })));
    expect(failure).toBeInstanceOf(RangeError);
    expect(failure).toMatchObject({ message: 'out of yarn', spool: 7 });
    expect(ended.isRaised).toBe(true);
    // On one thread it cannot be elsewhere; on two it is wherever a thread was hungry (moving.test.ts holds threads to show that).
    if (threads === 1) expect(elsewhere.isRaised).toBe(false);
  });
});
