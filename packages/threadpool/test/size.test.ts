import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { add, block, whereAmI } from './fixtures/basics.js';
import { cool, parkUntil, spawnUntilHelped } from './fixtures/thread-life.js';
import { flags, Flag } from './flag.ts';
import { liveThreads } from './live-threads.ts';
import { warmUp } from './warm-up.ts';

describe('a pool of 0 to 2 threads', () => {
  test('starts none before the first call, and one for one call', async () => {
    await using pool = new ThreadPool({ threads: { min: 0, max: 2 } });
    expect(pool.capacity).toBe(2);
    expect(liveThreads()).toBe(0);
    const first = await pool.run(whereAmI());
    for (let call = 0; call < 20; call++) expect(await pool.run(whereAmI())).toBe(first);
    expect(liveThreads()).toBe(1);
  });

  test('starts a second one when calls wait that no thread has room for', async () => {
    await using pool = new ThreadPool({ threads: { min: 0, max: 2 } });
    expect(new Set(await warmUp(pool)).size).toBe(2);
  });

  test('starts a second one for a cheap call that waits behind a long one', async () => {
    await using pool = new ThreadPool({ threads: { min: 0, max: 2 } });
    // Makes both tasks known: cheap, as far as the pool can tell.
    for (let call = 0; call < 10; call++) await pool.run(add(call, 1));
    const [started, go] = [flags(2), new Flag()];
    const long = started.map((flag) => pool.run(block(flag.memory, go.memory)));
    await Promise.all(started.map((flag) => flag.raised()));
    go.raise();
    expect(new Set(await Promise.all(long)).size).toBe(2);
  });

  test('starts a second one for calls that a task spawns', async () => {
    await using pool = new ThreadPool({ threads: { min: 0, max: 2 } });
    const first = await pool.run(whereAmI());
    expect(await pool.run(spawnUntilHelped())).not.toBe(first);
  });

  test('ends threads that have had nothing to do for a while, all of them, and starts anew', async () => {
    const ended = new Counter();
    await using pool = new ThreadPool({ threads: { min: 0, max: 2, idleTimeoutMs: 5 }, teardown: cool(ended.memory) });
    await warmUp(pool);
    await ended.reached(2);
    expect(new Set(await warmUp(pool)).size).toBe(2);
    await ended.reached(4);
  });
});

test('threads up to `min` stay, however long they are idle', async () => {
  const ended = new Counter();
  await using pool = new ThreadPool({ threads: { min: 1, max: 2, idleTimeoutMs: 5 }, teardown: cool(ended.memory) });
  const threads = await warmUp(pool);
  await ended.reached(1);
  expect(threads).toContain(await pool.run(whereAmI()));
  await pool.close();
  expect(ended.value).toBe(2);
});

test('a thread that holds a parked task is not idle', async () => {
  const ended = new Counter();
  await using pool = new ThreadPool({ threads: { min: 0, max: 2, idleTimeoutMs: 5 }, teardown: cool(ended.memory) });
  await warmUp(pool);
  const [started, go] = [new Flag(), new Flag()];
  const parked = pool.run(parkUntil(started.memory, go.memory));
  await started.raised();
  await ended.reached(1);
  go.raise();
  expect(await parked).toBeGreaterThan(0);
  await ended.reached(2);
});

describe('resize()', () => {
  test('adds threads at once', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await pool.run(add(1, 2));
    await pool.resize(3);
    expect(pool.capacity).toBe(3);
    expect(new Set(await warmUp(pool)).size).toBe(3);
  });

  test('lets a thread that is to go finish what it runs', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    const [started, go] = [flags(2), new Flag()];
    const running = started.map((flag) => pool.run(block(flag.memory, go.memory)));
    await Promise.all(started.map((flag) => flag.raised()));
    const resized = pool.resize(1);
    const behind = pool.run(whereAmI());
    go.raise();
    const threads = await Promise.all(running);
    expect(new Set(threads).size).toBe(2);
    expect(threads).toContain(await behind);
    await resized;
    expect(liveThreads()).toBe(1);
    expect(pool.capacity).toBe(1);
  });

  test('lets it finish parked tasks too, and gives it no others', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const [started, go] = [flags(6), new Flag()];
    const parked = started.map((flag) => pool.run(parkUntil(flag.memory, go.memory)));
    await Promise.all(started.map((flag) => flag.raised()));
    const resized = pool.resize(1);
    const stays = await pool.run(whereAmI());
    for (let call = 0; call < 20; call++) expect(await pool.run(whereAmI())).toBe(stays);
    go.raise();
    await Promise.all([...parked, resized]);
    expect(liveThreads()).toBe(1);
  });

  test('takes a range, and back again', async () => {
    const ended = new Counter();
    await using pool = new ThreadPool({ threads: 2, teardown: cool(ended.memory) });
    await warmUp(pool);
    await pool.resize({ min: 0, max: 2, idleTimeoutMs: 5 });
    await ended.reached(2);
    await pool.resize(2);
    expect(new Set(await warmUp(pool)).size).toBe(2);
  });

  test('any number of times, while calls run: none is lost', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    for (const threads of [3, 1, 2, 1]) {
      const sums = Promise.all(Array.from({ length: 300 }, (_, i) => pool.run(add(i, 1))));
      const resized = pool.resize(threads);
      expect(await sums).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
      await resized;
    }
  });

  test('refuses what is no size, and a closed pool', async () => {
    const pool = new ThreadPool({ threads: 1 });
    expect(() => pool.resize(0)).toThrow(RangeError);
    expect(() => pool.resize('2' as unknown as number)).toThrow(TypeError);
    await pool.close();
    expect(() => pool.resize(2)).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }) as Error);
  });
});

test('a thread that leaves while it works for another finishes what it has borrowed', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  const helped = pool.run(spawnUntilHelped());
  // The other thread has nothing of its own, so it is the one to go.
  const resized = pool.resize(1);
  expect(await Promise.race([helped.then(() => 'helped'), resized.then(() => 'resized')])).toBeTypeOf('string');
  await resized;
  expect(liveThreads()).toBe(1);
  await pool.resize(2);
  expect(await helped).toBeGreaterThan(0);
});
