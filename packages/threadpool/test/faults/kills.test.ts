/** Threads that are killed from outside, at every moment of their life. */

import { isCancelled } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../failure-of.ts';
import { add, block } from '../fixtures/basics.js';
import { addAgain, again, onceOnly } from '../fixtures/retrying.js';
import { noteSlow } from '../fixtures/slow-to-load.js';
import { flags, Flag } from '../flag.ts';
import { leftovers } from '../leftovers.ts';
import { warmUp } from '../warm-up.ts';

/** Told of each thread as it is made. */
let onThread: (worker: Worker) => void = () => {};
/** All that were made in this test. */
let workers: Worker[] = [];

function noteThread(worker: Worker): void {
  workers.push(worker);
  onThread(worker);
}

beforeEach(() => {
  workers = [];
  process.on('worker', noteThread);
});

afterEach(() => {
  process.off('worker', noteThread);
  onThread = () => {};
  expect(leftovers()).toEqual([]);
});

/** Kills the first `count` threads that are made, each at the moment that `when` waits for. */
function killFirst(count: number, when: (worker: Worker, kill: () => void) => void): void {
  let killed = 0;
  onThread = (worker) => {
    if (killed++ < count) when(worker, () => void worker.terminate());
  };
}

const MOMENTS: Readonly<Record<string, (worker: Worker, kill: () => void) => void>> = {
  'as they are made': (_, kill) => {
    queueMicrotask(kill);
  },
  'a turn later': (_, kill) => {
    setImmediate(kill);
  },
  'once their JavaScript runs': (worker, kill) => {
    worker.once('online', kill);
  },
};

const SUMS = Array.from({ length: 100 }, (_, i) => i + 1);

/** They may run again, because whether a thread has begun one when it is killed is chance. */
function sums(pool: ThreadPool): Promise<number>[] {
  return SUMS.map((sum) => pool.run(addAgain(sum - 1, 1)));
}

describe.each(Object.entries(MOMENTS))('threads that are killed %s', (_, when) => {
  test('are replaced, and what they were sent runs elsewhere', async () => {
    killFirst(2, when);
    await using pool = new ThreadPool({ threads: 2 });
    expect(await Promise.all(sums(pool))).toEqual(SUMS);
    expect(new Set(await warmUp(pool)).size).toBe(2);
  });

  test('once lose nothing', async () => {
    killFirst(1, when);
    await using pool = new ThreadPool({ threads: 2 });
    expect(await Promise.all(sums(pool))).toEqual(SUMS);
  });

  test('while the pool closes leave nothing behind', async () => {
    killFirst(2, when);
    const pool = new ThreadPool({ threads: 2 });
    const settled = Promise.all(sums(pool));
    await pool.close();
    expect(await settled).toEqual(SUMS);
    expect(pool.stats()).toMatchObject({ completed: SUMS.length, failed: 0 });
  });
});

describe('a thread that is killed', () => {
  test('while it is idle is replaced, and the pool is as large as before', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    const before = await warmUp(pool);
    await workers[0]?.terminate();
    expect(await Promise.all(sums(pool))).toEqual(SUMS);
    const after = await warmUp(pool);
    expect(new Set(after).size).toBe(2);
    expect(after.filter((thread) => before.includes(thread))).toHaveLength(1);
  });

  test('while all are idle, with all others, is replaced', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const old = [...workers];
    await Promise.all(old.map((worker) => worker.terminate()));
    expect(await Promise.all(sums(pool))).toEqual(SUMS);
    expect(new Set(await warmUp(pool)).size).toBe(2);
  });

  test('while it loads a module: its calls run elsewhere', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await warmUp(pool);
    const list = new SharedArrayBuffer(4 * (SUMS.length + 1));
    const calls = SUMS.map((number) => pool.run(noteSlow(list, number)));
    // By then they have left for the thread, which takes longer than that to load the module.
    await new Promise((resolve) => setImmediate(resolve));
    await workers[0]?.terminate();
    await Promise.all(calls);
    expect([...new Int32Array(list, 4, SUMS.length)]).toEqual(SUMS);
  });

  test('while it runs a call: the call is lost, its parked neighbour runs again, what was behind runs elsewhere', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await warmUp(pool);
    const [runs, begun, busy, go] = flags(4) as [Flag, Flag, Flag, Flag];
    const neighbour = pool.run(again(runs.memory, begun.memory));
    await begun.raised();
    const blocked = pool.submit(block(busy.memory, go.memory));
    const lost = failureOf(blocked.result);
    await busy.raised();
    const behind = sums(pool);
    void workers[0]?.terminate();
    expect(await lost).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', exitCode: 1, culprit: { id: blocked.id, name: 'block' } });
    expect(await neighbour).toBe('ran again');
    expect(await Promise.all(behind)).toEqual(SUMS);
  });

  test('while all calls are parked: they are lost, and nobody is blamed', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, begun] = flags(2) as [Flag, Flag];
    const parked = failureOf(pool.run(onceOnly(runs.memory, begun.memory)));
    await begun.raised();
    // Served after the turn in which the call has parked.
    await pool.run(add(1, 2));
    await workers[0]?.terminate();
    const error = await parked;
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    expect('culprit' in (error as object)).toBe(false);
  });

  test('while it sends results: each call settles once, and only those that had begun are lost', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await warmUp(pool);
    const SIZE = 5_000;
    const calls = Array.from({ length: SIZE }, (_, i) => pool.run(add(i, 1)));
    await calls[100];
    void workers[0]?.terminate();
    const outcomes = await Promise.allSettled(calls);
    outcomes.forEach((outcome, i) => {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(i + 1);
      else expect(outcome.reason).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    });
    const { completed, failed } = pool.stats();
    expect(completed + failed).toBe(SIZE + 1);
  });

  test('after its calls were cancelled: they end as cancelled', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, begun] = flags(2) as [Flag, Flag];
    const [busy, go] = flags(2) as [Flag, Flag];
    const parked = pool.submit(onceOnly(runs.memory, begun.memory));
    await begun.raised();
    const blocked = failureOf(pool.run(block(busy.memory, go.memory)));
    await busy.raised();
    parked.cancel('enough');
    void workers[0]?.terminate();
    const error = await failureOf(parked.result);
    expect(isCancelled(error)).toBe(true);
    expect(error).toMatchObject({ cause: 'enough' });
    expect(await blocked).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
  });

  test('while the pool closes with a deadline leaves nothing behind', async () => {
    const pool = new ThreadPool({ threads: 2, graceMs: 0 });
    await warmUp(pool);
    const settled = Promise.allSettled(sums(pool));
    const closing = pool.close({ deadlineMs: 0 });
    for (const worker of workers) void worker.terminate();
    await closing;
    for (const outcome of await settled) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/WORKER_LOST|CANCELLED/) });
    }
  });
});
