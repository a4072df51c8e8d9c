import { once } from 'node:events';
import { task, type Call } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { failureOf } from './failure-of.ts';
import { add, echo, whereAmI } from './fixtures/basics.js';
import { crash } from './fixtures/crashing.js';
import { cool, coolForever, coolSlowly, exitInHook, failAtFirst, failToCool, isThreadWarm, warm, warmForever, warmLater } from './fixtures/thread-life.js';
import { liveThreads } from './live-threads.ts';
import { warmUp } from './warm-up.ts';

describe('the init hook', () => {
  test.each([
    ['a plain function', warm],
    ['an async function', warmLater],
  ])('(%s) runs on each thread before its first call, and once', async (_, hook) => {
    const count = new Counter();
    await using pool = new ThreadPool({ threads: 2, init: hook(count.memory) });
    expect(await Promise.all(Array.from({ length: 50 }, () => pool.run(isThreadWarm())))).not.toContain(false);
    await warmUp(pool);
    expect(count.value).toBe(2);
  });

  test('runs on the thread that replaces one that died', async () => {
    const count = new Counter();
    await using pool = new ThreadPool({ threads: 1, init: warm(count.memory) });
    await failureOf(pool.run(crash('process.exit')));
    expect(await pool.run(isThreadWarm())).toBe(true);
    expect(count.value).toBe(2);
  });

  test('that fails costs the thread, and another one takes its place', async () => {
    const count = new Counter();
    await using pool = new ThreadPool({ threads: 1, init: failAtFirst(count.memory, 2) });
    expect(await pool.run(isThreadWarm())).toBe(true);
    expect(count.value).toBe(3);
  });

  test.each([
    ['fails', failAtFirst, /its init hook failed: no warp on the loom/],
    ['ends the thread', exitInHook, /exited with code 9/],
  ])('that always %s fails all calls, after a few threads', async (_, hook: (memory: SharedArrayBuffer, failures: number) => Call<unknown, true>, message) => {
    const count = new Counter();
    await using pool = new ThreadPool({ threads: 1, init: hook(count.memory, Infinity) });
    const failures = await Promise.all(Array.from({ length: 10 }, () => failureOf(pool.run(add(1, 2)))));
    for (const failure of failures) expect(failure).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringMatching(message) });
    expect(await failureOf(pool.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    expect(count.value).toBe(3);
    expect(liveThreads()).toBe(0);
  });

  test('that is not to be found fails all calls, and the error says why', async () => {
    const missing = task({ url: new URL('./fixtures/no-such-module.js', import.meta.url).href } as ImportMeta, 'missing', () => 1);
    await using pool = new ThreadPool({ threads: 2, init: missing() });
    expect(await failureOf(pool.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('no-such-module.js') });
  });

  test('with a time limit of its own fails when it takes longer', async () => {
    const never = new Counter();
    await using pool = new ThreadPool({ threads: 1, init: warmForever(never.memory).with({ timeoutMs: 5 }) });
    expect(await failureOf(pool.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('init hook failed') });
  });
});

describe('an init hook that never gets on', () => {
  test('fails by its time limit also where it never suspends', async () => {
    const begun = new Counter();
    await using pool = new ThreadPool({ threads: 1, graceMs: 0, init: coolForever(begun.memory).with({ timeoutMs: 5 }) });
    expect(await failureOf(pool.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('its init hook had not ended after 5 ms') });
    expect(begun.value).toBe(3);
  });

  test.each([
    ['suspends', warmForever],
    ['computes', coolForever],
  ])('(it %s) does not keep a resized pool from its size', async (_, hook) => {
    const begun = new Counter();
    const pool = new ThreadPool({ threads: 3, graceMs: 0, init: hook(begun.memory) });
    await begun.reached(3);
    await pool.resize(1);
    expect(liveThreads()).toBe(1);
    await pool.close();
    expect(liveThreads()).toBe(0);
  });
});

describe('the teardown hook', () => {
  test.each([
    ['a plain function', cool],
    ['a coroutine that suspends and spawns', coolSlowly],
  ])('(%s) runs on each thread when the pool closes, after what it has accepted', async (_, hook) => {
    const ended = new Counter();
    const pool = new ThreadPool({ threads: 2, teardown: hook(ended.memory) });
    const sums = Promise.all(Array.from({ length: 50 }, (__, i) => pool.run(add(i, 1))));
    await pool.close();
    expect(ended.value).toBe(2);
    expect(await sums).toHaveLength(50);
    expect(liveThreads()).toBe(0);
  });

  test('runs on threads that were never used', async () => {
    const [begun, ended] = [new Counter(), new Counter()];
    await new ThreadPool({ threads: 2, init: warm(begun.memory), teardown: cool(ended.memory) }).close();
    expect(ended.value).toBe(begun.value);
    expect(liveThreads()).toBe(0);
  });

  test('runs on a thread that a smaller pool has no place for', async () => {
    const ended = new Counter();
    await using pool = new ThreadPool({ threads: 3, teardown: cool(ended.memory) });
    await warmUp(pool);
    await pool.resize(1);
    expect(ended.value).toBe(2);
  });

  test('does not run where the init hook has failed', async () => {
    const [count, ended] = [new Counter(), new Counter()];
    const pool = new ThreadPool({ threads: 1, init: failAtFirst(count.memory, 2), teardown: cool(ended.memory) });
    await pool.run(add(1, 2));
    await pool.close();
    expect(ended.value).toBe(1);
  });

  test('that never ends does not keep the pool from closing', async () => {
    const begun = new Counter();
    const pool = new ThreadPool({ threads: 2, graceMs: 0, teardown: coolForever(begun.memory) });
    await warmUp(pool);
    await pool.close();
    expect(begun.value).toBe(2);
    expect(liveThreads()).toBe(0);
  });

  test('that never ends does not keep a resized pool from its size', async () => {
    const begun = new Counter();
    await using pool = new ThreadPool({ threads: 2, graceMs: 0, teardown: coolForever(begun.memory) });
    await warmUp(pool);
    await pool.resize(1);
    expect(liveThreads()).toBe(1);
    expect(await pool.run(add(1, 2))).toBe(3);
  });

  test('that fails becomes a warning of the process', async () => {
    const pool = new ThreadPool({ threads: 1, teardown: failToCool() });
    await pool.run(whereAmI());
    const warned = once(process, 'warning');
    await pool.close();
    const [warning] = (await warned) as [Error];
    expect(warning).toMatchObject({ name: 'HeddleWarning', message: 'The teardown hook of thread 1 failed: RangeError: too hot' });
  });
});

describe('a hook is refused at once', () => {
  test('when it is no call of a portable task', () => {
    const local = task(function warmHere() {
      return 1;
    });
    expect(() => new ThreadPool({ init: local() as unknown as Call<unknown, true> })).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_NOT_PORTABLE' }) as Error);
    expect(() => new ThreadPool({ teardown: (() => 1) as unknown as Call<unknown, true> })).toThrow(/got the function teardown/);
  });

  test('when its arguments cannot be copied', () => {
    expect(() => new ThreadPool({ init: echo({ db: { onConnect: () => 1 } }) })).toThrow(
      expect.objectContaining({ code: 'ERR_HEDDLE_SERIALIZATION', message: expect.stringContaining('args[0].db.onConnect') as string }) as Error,
    );
  });
});
