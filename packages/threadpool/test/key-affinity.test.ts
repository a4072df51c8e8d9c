import { ThreadPool } from '@heddle/threadpool';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { homeOf } from '../src/main/key-affinity.ts';
import { block, whereAmI } from './fixtures/basics.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

describe('the thread that a key prefers', () => {
  const threads = (numbers: readonly number[]): { number: number }[] => numbers.map((number) => ({ number }));

  test('is the same whatever order the threads come in, and only keys of a thread that goes move', () => {
    fc.assert(
      fc.property(fc.string(), fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 2, maxLength: 16 }), fc.nat(), (key, numbers, pick) => {
        const home = homeOf(key, threads(numbers))?.number;
        expect(homeOf(key, threads(numbers.toReversed()))?.number).toBe(home);
        const gone = numbers[pick % numbers.length];
        const rest = numbers.filter((number) => number !== gone);
        if (gone !== home) expect(homeOf(key, threads(rest))?.number).toBe(home);
        else expect(rest).toContain(homeOf(key, threads(rest))?.number);
      }),
    );
  });

  test('is each thread for about as many keys', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 4_000; i++) {
      const home = homeOf(`user-${i}`, threads([1, 2, 3, 4]))?.number ?? 0;
      counts.set(home, (counts.get(home) ?? 0) + 1);
    }
    for (const number of [1, 2, 3, 4]) expect(counts.get(number)).toBeGreaterThan(800);
  });

  test('is none where there is no thread', () => {
    expect(homeOf('key', [])).toBeUndefined();
  });
});

describe('calls of one key', () => {
  test('run on one thread while it has room, and different keys on different threads', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const used = new Set<number>();
    for (let key = 0; key < 16; key++) {
      const places = new Set<number>();
      for (let round = 0; round < 5; round++) places.add(await pool.run(whereAmI(), { key: `key-${key}` }));
      expect(places.size).toBe(1);
      for (const place of places) used.add(place);
    }
    expect(used.size).toBe(2);
  });

  test('run on the other thread while theirs is busy', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const home = await pool.run(whereAmI(), { key: 'warp' });
    const [started, go] = [new Flag(), new Flag()];
    const busy = pool.run(block(started.memory, go.memory), { key: 'warp' });
    await started.raised();
    const elsewhere = await pool.run(whereAmI(), { key: 'warp' });
    go.raise();
    expect(await busy).toBe(home);
    expect(elsewhere).not.toBe(home);
    expect(await pool.run(whereAmI(), { key: 'warp' })).toBe(home);
  });
});
