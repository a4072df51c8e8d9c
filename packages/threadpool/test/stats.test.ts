import { performance } from 'node:perf_hooks';
import { ThreadPool, type ThreadPoolStats } from '@heddle/threadpool';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogHistogram } from '../src/main/log-histogram.ts';
import { msSince } from '../src/main/turn-clock.ts';
import { failureOf } from './failure-of.ts';
import { add, addCoroutine, block } from './fixtures/basics.js';
import { throwPlain } from './fixtures/failing.js';
import { Flag } from './flag.ts';

/** Loads the tasks that the tests use: calls that wait for that are not timed. */
async function readyPool(threads: number): Promise<ThreadPool> {
  const pool = new ThreadPool({ threads });
  const flag = new Flag();
  flag.raise();
  await Promise.all([pool.run(block(flag.memory, flag.memory)), pool.run(add(1, 2)), pool.run(addCoroutine(1, 2)), failureOf(pool.run(throwPlain('null')))]);
  return pool;
}

const newIn = (after: ThreadPoolStats, before: ThreadPoolStats): readonly [waits: number, runs: number] => [
  after.waitMs.count - before.waitMs.count,
  after.runMs.count - before.runMs.count,
];

/** A time that this process measured around what the pool measured can only be longer; by a stamp, where that is rounded. */
const ROUNDING_MS = 1 / 32;

describe('the statistics of a pool', () => {
  test('count each call once, whether it ends at once, later or with an error', async () => {
    await using pool = await readyPool(1);
    const before = pool.stats();
    await Promise.all(Array.from({ length: 100 }, (_, i) => pool.run(i % 2 === 0 ? add(i, 1) : addCoroutine(i, 1))));
    await failureOf(pool.run(throwPlain('null')));
    // With this answer the thread has reported everything before it.
    await pool.run(add(1, 2));
    const [waits, runs] = newIn(pool.stats(), before);
    expect(waits).toBeGreaterThanOrEqual(101);
    expect(runs).toBe(waits);
  });

  test('tell how long a call waited in the queue, and how long it ran', async () => {
    const createdMs = performance.now();
    await using pool = await readyPool(1);
    const started = new Flag();
    const go = new Flag();
    const blocking = pool.run(block(started.memory, go.memory));
    await started.raised();
    const startedMs = performance.now();
    // The cost of `block` is not known, so nothing is sent behind it.
    const waiting = pool.run(add(1, 2));
    await Promise.resolve();
    const queuedMs = performance.now();
    expect(pool.stats()).toMatchObject({ queued: 1, threads: [{ thread: 1, held: 1, isIdle: false }] });
    // Lets the clock move on, by a time that is as good as any.
    while (performance.now() < queuedMs + 5);
    const releasedMs = performance.now();
    go.raise();
    await Promise.all([blocking, waiting]);
    await pool.run(add(1, 2));
    const endedMs = performance.now();
    const { waitMs, runMs, threads, queued } = pool.stats();
    expect(waitMs.max).toBeGreaterThanOrEqual(releasedMs - queuedMs - ROUNDING_MS);
    expect(waitMs.max).toBeLessThanOrEqual(endedMs - createdMs + ROUNDING_MS);
    expect(runMs.max).toBeGreaterThanOrEqual(releasedMs - startedMs);
    expect(runMs.max).toBeLessThanOrEqual(endedMs - createdMs);
    expect(queued).toBe(0);
    expect(threads).toMatchObject([{ thread: 1, held: 0, isIdle: true }]);
  });

  test('tell how busy the event loop of each thread is, in the form that Node compares', async () => {
    await using pool = await readyPool(2);
    const before = pool.stats().threads;
    const first = new Flag();
    const second = new Flag();
    const release = new Flag();
    const calls = [pool.run(block(first.memory, release.memory)), pool.run(block(second.memory, release.memory))];
    await Promise.all([first.raised(), second.raised()]);
    release.raise();
    await Promise.all(calls);
    const after = pool.stats().threads;
    expect(after.map(({ thread }) => thread).toSorted((a, b) => a - b)).toEqual([1, 2]);
    for (const [i, { eventLoop }] of after.entries()) {
      // Invariant: no thread came or went.
      const { active } = performance.eventLoopUtilization(eventLoop, before[i]!.eventLoop);
      expect(active).toBeGreaterThan(0);
    }
  });

  test('are all zero before the first call', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const none = { count: 0, p50: 0, p90: 0, p99: 0, max: 0 };
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, waitMs: none, runMs: none });
  });
});

describe('a histogram of times', () => {
  const times = fc.array(fc.record({ ms: fc.double({ min: 0, max: 1e9, noNaN: true }), count: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 100 });

  test('tells quantiles that are at most 9 % above those of all times, and never below', () => {
    fc.assert(
      fc.property(times, (added) => {
        const histogram = new LogHistogram();
        for (const { ms, count } of added) histogram.add(ms, count);
        const all = added.flatMap(({ ms, count }) => Array.from({ length: count }, () => ms)).toSorted((a, b) => a - b);
        const { count, p50, p90, p99, max } = histogram.distribution();
        expect(count).toBe(all.length);
        expect(max).toBe(all.at(-1));
        for (const [share, told] of [
          [0.5, p50],
          [0.9, p90],
          [0.99, p99],
        ] as const) {
          // Invariant: a rank is within the list.
          const exact = all[Math.ceil(all.length * share) - 1]!;
          // Rounding of the logarithm may move a time that lies on the border of two buckets.
          expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(told).toBeLessThanOrEqual(Math.max(exact * 1.0906, 2 ** -14));
        }
      }),
    );
  });

  test('takes times longer than it has buckets for, and any that are no times', () => {
    const histogram = new LogHistogram();
    for (const ms of [1e15, -1, 0, 1e-9]) histogram.add(ms, 1);
    expect(histogram.distribution()).toMatchObject({ count: 4, max: 1e15 });
  });
});

describe('the time since a stamp', () => {
  test('is right also where stamps have wrapped around, and never negative', () => {
    const wrapMs = 2 ** 31 / 64;
    const stamp = ((wrapMs - 1) * 64) | 0;
    expect(msSince(stamp, wrapMs + 2)).toBe(3);
    expect(msSince(stamp, wrapMs - 2)).toBe(0);
  });
});
