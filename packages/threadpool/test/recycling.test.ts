import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { add, whereAmI } from './fixtures/basics.js';
import { crash } from './fixtures/crashing.js';
import { failureOf } from './failure-of.ts';
import { cool, keepMuch, parkUntil, whereWarm } from './fixtures/thread-life.js';
import { Flag } from './flag.ts';
import { liveThreads } from './live-threads.ts';

/** How many calls each thread has run. */
function tally(threads: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const thread of threads) counts.set(thread, (counts.get(thread) ?? 0) + 1);
  return [...counts.values()];
}

describe('recycle: { tasks }', () => {
  test('of 1 gives each call a thread of its own', async () => {
    await using pool = new ThreadPool({ threads: 2, recycle: { tasks: 1 } });
    const threads = await Promise.all(Array.from({ length: 8 }, () => pool.run(whereAmI())));
    expect(tally(threads)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test('gives no thread more calls, however cheap they are, and loses none', async () => {
    const ended = new Counter();
    const pool = new ThreadPool({ threads: 2, recycle: { tasks: 60 }, teardown: cool(ended.memory) });
    const threads = await Promise.all(Array.from({ length: 600 }, () => pool.run(whereAmI())));
    expect(threads).toHaveLength(600);
    expect(Math.max(...tally(threads))).toBeLessThanOrEqual(60);
    await pool.close();
    expect(ended.value).toBeGreaterThanOrEqual(10);
    expect(liveThreads()).toBe(0);
  });

  test('lets parked tasks end where they began', async () => {
    await using pool = new ThreadPool({ threads: 1, recycle: { tasks: 1 } });
    const [started, go] = [new Flag(), new Flag()];
    const parked = pool.run(parkUntil(started.memory, go.memory));
    await started.raised();
    const others = [await pool.run(whereAmI()), await pool.run(whereAmI())];
    go.raise();
    expect(new Set([await parked, ...others]).size).toBe(3);
  });
});

test('recycle: { heapMb } replaces a thread that has grown too large, and there is always one', async () => {
  const ended = new Counter();
  await using pool = new ThreadPool({ threads: 1, recycle: { heapMb: 60 }, teardown: cool(ended.memory) });
  const first = await pool.run(whereAmI());
  // A thread on which little is kept stays.
  for (let call = 0; call < 100; call++) expect(await pool.run(whereAmI())).toBe(first);
  const threads: number[] = [];
  // Calls come all the time, so one of them would be lost if any could.
  while (ended.value === 0) threads.push(await pool.run(keepMuch()));
  expect(threads).toContain(first);
  expect(await pool.run(whereAmI())).not.toBe(first);
});

describe('spare', () => {
  test('steps in for a thread that has died, and another one is started', async () => {
    const started = new Counter();
    await using pool = new ThreadPool({ threads: 1, spare: 1, init: whereWarm(started.memory) });
    await started.reached(2);
    const first = await pool.run(whereAmI());
    expect(pool.capacity).toBe(1);
    await failureOf(pool.run(crash('process.exit')));
    // The replacement is counted as it comes up; the spare was up before.
    const second = await pool.run(whereAmI());
    expect(second).not.toBe(first);
    await started.reached(3);
    expect(liveThreads()).toBe(2);
  });

  test('takes no calls as long as it is one', async () => {
    const started = new Counter();
    await using pool = new ThreadPool({ threads: 1, spare: 2, init: whereWarm(started.memory) });
    await started.reached(3);
    const threads = await Promise.all(Array.from({ length: 200 }, () => pool.run(whereAmI())));
    expect(new Set(threads).size).toBe(1);
    expect(await pool.run(add(1, 2))).toBe(3);
  });

  test('runs the teardown hook too', async () => {
    const ended = new Counter();
    await new ThreadPool({ threads: 1, spare: 1, teardown: cool(ended.memory) }).close();
    expect(ended.value).toBe(2);
    expect(liveThreads()).toBe(0);
  });
});
