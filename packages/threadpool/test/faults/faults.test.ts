/**
 * Every fault in every situation: the call that goes wrong ends as it has to, every promise settles, the innocent ones end as
 * promised, the pool goes on with all its threads, and nothing is left of it once it is closed.
 */

import { isCancelled } from '@heddle/core';
import { ThreadPool, type ThreadPoolOptions } from '@heddle/threadpool';
import { afterEach, describe, expect, test } from 'vitest';
import { failureOf } from '../failure-of.ts';
import { add, block } from '../fixtures/basics.js';
import { lendsFaulty } from '../fixtures/lends-faults.js';
import { again, onceOnly } from '../fixtures/retrying.js';
import { flags, Flag } from '../flag.ts';
import { leftovers } from '../leftovers.ts';
import { warmUp } from '../warm-up.ts';
import { expectFailure, FAULTS } from './faults.ts';

const SUMS = Array.from({ length: 20 }, (_, i) => i + 1);

function sums(pool: ThreadPool): Promise<number>[] {
  return SUMS.map((sum) => pool.run(add(sum - 1, 1)));
}

/** The pool of the test that runs. */
let opened: ThreadPool | undefined;

function open(options: ThreadPoolOptions): ThreadPool {
  return (opened = new ThreadPool(options));
}

afterEach(async () => {
  // By then a test has ended all its calls, unless it has failed.
  await opened?.close({ deadlineMs: 0 });
  expect(leftovers()).toEqual([]);
});

describe.each(FAULTS)('$name', (fault) => {
  const { call, options, isFatal, failure } = fault;

  test('fails its call; neighbours on the thread and on another one end as promised', async () => {
    const pool = open({ threads: 2, ...fault.pool });
    await warmUp(pool);
    const [busy, go, runs, begun, runsAgain, begunAgain] = flags(6) as [Flag, Flag, Flag, Flag, Flag, Flag];
    // Keeps one thread, so that everything else is on the other.
    const elsewhere = pool.run(block(busy.memory, go.memory));
    await busy.raised();
    const parked = pool.submit(onceOnly(runs.memory, begun.memory));
    const repeatable = pool.submit(again(runsAgain.memory, begunAgain.memory));
    // Asked for below: by then it has failed, and nobody would have asked.
    parked.result.catch(() => {});
    await Promise.all([begun.raised(), begunAgain.raised()]);
    const before = sums(pool);
    const faulty = failureOf(pool.run(call(), options));
    const behind = sums(pool);

    expectFailure(await faulty, failure);
    expect(await Promise.all([...before, ...behind])).toEqual([...SUMS, ...SUMS]);
    if (isFatal) {
      expect(await failureOf(parked.result)).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
      expect(await repeatable.result).toBe('ran again');
    } else {
      expect([parked.state, repeatable.state]).toEqual(['running', 'running']);
      for (const neighbour of [parked, repeatable]) {
        neighbour.cancel();
        expect(isCancelled(await failureOf(neighbour.result))).toBe(true);
      }
    }
    go.raise();
    expect(await elsewhere).toEqual(expect.any(Number));
    expect(new Set(await warmUp(pool)).size).toBe(2);
  });

  test('while the pool closes: ends as ever, and so do the others', async () => {
    const pool = open({ threads: 1, ...fault.pool });
    const before = sums(pool);
    const faulty = failureOf(pool.run(call(), options));
    const behind = sums(pool);
    const closing = pool.close();
    expectFailure(await faulty, failure);
    expect(await Promise.all([...before, ...behind])).toEqual([...SUMS, ...SUMS]);
    await closing;
    expect(() => pool.submit(add(1, 2))).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }) as Error);
  });

  test('while the pool closes with a deadline: everything settles', async () => {
    const pool = open({ threads: 2, ...fault.pool, graceMs: 0 });
    const calls = [...sums(pool), pool.run(call(), options), ...sums(pool)];
    const settled = Promise.allSettled(calls);
    await pool.close({ deadlineMs: 0 });
    const { completed, failed, cancelled, ...rest } = pool.stats();
    expect(rest).toMatchObject({ queued: 0, running: 0, awaiting: 0 });
    expect(completed + failed + cancelled).toBe(calls.length);
    for (const outcome of await settled) {
      if (outcome.status === 'rejected' && !isCancelled(outcome.reason)) expectFailure(outcome.reason, failure);
    }
  });
});

const CHILDREN = FAULTS.flatMap(({ name, asChild, pool: options }) => (asChild === undefined ? [] : [{ name, asChild, options }]));

test.each(CHILDREN)('$name in a child that another thread runs reaches the parent, and both threads go on', async ({ asChild, options }) => {
  const pool = open({ threads: 2, ...options });
  await warmUp(pool);
  const [kind, how, failure] = asChild;
  expectFailure(await failureOf(pool.run(lendsFaulty(kind, how))), failure);
  expect(new Set(await warmUp(pool)).size).toBe(2);
});
