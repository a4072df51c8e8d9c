import { getEventListeners } from 'node:events';
import { isCancelled } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add, whereAmI } from './fixtures/basics.js';
import { occupy, parked, raiseFlag } from './fixtures/cancelling.js';
import { crashAfterwards, spinForever } from './fixtures/crashing.js';
import { fib } from './fixtures/nested.js';
import { flags, Flag } from './flag.ts';
import { leftovers } from './leftovers.ts';

describe('close()', () => {
  test('finishes what was accepted, running or queued, with all that it spawns', async () => {
    const pool = new ThreadPool({ threads: 2 });
    const results = Promise.all([...Array.from({ length: 50 }, (_, i) => pool.run(add(i, 1))), pool.run(fib(15))]);
    await pool.close();
    expect(pool.stats()).toMatchObject({ completed: 51, queued: 0, running: 0, awaiting: 0 });
    expect(await results).toEqual([...Array.from({ length: 50 }, (_, i) => i + 1), 610]);
  });

  test('makes submit throw and run reject', async () => {
    const pool = new ThreadPool({ threads: 1 });
    const closing = pool.close();
    expect(() => pool.submit(add(1, 2))).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }) as Error);
    expect(await failureOf(pool.run(add(1, 2)))).toMatchObject({ name: 'ExecutorClosedError' });
    await closing;
    expect(await failureOf(pool.run(add(1, 2)))).toMatchObject({ name: 'ExecutorClosedError' });
  });

  test('can be called any number of times, at any time', async () => {
    const pool = new ThreadPool({ threads: 1 });
    const running = pool.run(add(1, 2));
    await Promise.all([pool.close(), pool.close(), pool[Symbol.asyncDispose]()]);
    await pool.close();
    expect(await running).toBe(3);
  });

  test('right after the pool was made leaves nothing behind', async () => {
    for (let round = 0; round < 5; round++) await new ThreadPool({ threads: 2 }).close();
    expect(leftovers()).toEqual([]);
  });

  test('cancels what has not ended at the deadline, and the reason says so', async () => {
    const pool = new ThreadPool({ threads: 1 });
    const [started, ended, touched] = [new Flag(), new Flag(), new Flag()];
    const running = failureOf(pool.run(parked(started.memory, ended.memory)));
    await started.raised();
    const [busy, go] = [new Flag(), new Flag()];
    const occupying = pool.run(occupy(busy.memory, go.memory));
    await busy.raised();
    const queued = failureOf(pool.run(raiseFlag(touched.memory)));
    const closing = pool.close({ deadlineMs: 5 });
    const error = await queued;
    expect(isCancelled(error)).toBe(true);
    expect(error).toMatchObject({ cause: { code: 'ERR_HEDDLE_CLOSED', message: expect.stringContaining('5 ms') } });
    go.raise();
    await occupying;
    expect(isCancelled(await running)).toBe(true);
    await closing;
    expect(ended.isRaised).toBe(true);
    expect(touched.isRaised).toBe(false);
  });

  test('takes a deadline later on, and the shortest holds', async () => {
    const pool = new ThreadPool({ threads: 1 });
    const [started, ended] = [new Flag(), new Flag()];
    const running = failureOf(pool.run(parked(started.memory, ended.memory)));
    await started.raised();
    const closing = pool.close();
    void pool.close({ deadlineMs: 2 ** 31 });
    await pool.close({ deadlineMs: 0 });
    await closing;
    expect(isCancelled(await running)).toBe(true);
  });

  test('ends a thread that is stuck, after the grace period', async () => {
    const pool = new ThreadPool({ threads: 1, graceMs: 0 });
    const started = new Flag();
    const running = failureOf(pool.run(spinForever(started.memory)));
    await started.raised();
    await pool.close({ deadlineMs: 0 });
    expect(isCancelled(await running)).toBe(true);
    expect(leftovers()).toEqual([]);
  });

  test('while a thread is dying leaves nothing behind', async () => {
    for (let round = 0; round < 10; round++) {
      const pool = new ThreadPool({ threads: 2 });
      const go = new Flag();
      await pool.run(crashAfterwards(go.memory));
      go.raise();
      if (round % 2 === 0) await pool.run(add(1, 2));
      await pool.close();
    }
    expect(leftovers()).toEqual([]);
  });

  test('is what `await using` does', async () => {
    let outside: ThreadPool;
    {
      await using pool = new ThreadPool({ threads: 1 });
      outside = pool;
      expect(await pool.run(whereAmI())).toBeGreaterThan(0);
    }
    expect(await failureOf(outside.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_CLOSED' });
  });

  test('refuses a deadline that is no time', () => {
    const pool = new ThreadPool({ threads: 1 });
    expect(() => pool.close({ deadlineMs: -1 })).toThrow(RangeError);
    expect(() => pool.close({ deadlineMs: 'soon' as unknown as number })).toThrow(TypeError);
    return pool.close();
  });
});

test('removes its listener from a signal that lives longer than the pool', async () => {
  const { signal } = new AbortController();
  await using pool = new ThreadPool({ threads: 1 });
  const running = Promise.all(flags(20).map((flag) => pool.run(raiseFlag(flag.memory), { signal })));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await running;
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('stats and snapshot tell where each call stands', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  const [started, go] = [new Flag(), new Flag()];
  const running = pool.submit(occupy(started.memory, go.memory), { name: 'first' });
  await started.raised();
  const queued = pool.submit(add(1, 2));
  expect(pool.stats()).toMatchObject({ queued: 1, running: 1, awaiting: 0, completed: 0, failed: 0, cancelled: 0 });
  expect(pool.snapshot().tasks).toEqual([
    { id: running.id, name: 'first', state: 'running', waitsFor: [], waitsOn: 'thread 1' },
    { id: queued.id, name: 'add', state: 'ready', waitsFor: [], waitsOn: 'a thread' },
  ]);
  expect(queued.outcome).toBeUndefined();
  go.raise();
  await queued.result;
  expect(queued.outcome).toEqual({ status: 'fulfilled', value: 3 });
  expect(pool.snapshot().tasks).toEqual([]);
});
