import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { recall } from './fixtures/cancelling.js';
import { contextsOfChildren } from './fixtures/dispatching.js';
import { throwFromChild } from './fixtures/failing.js';
import { meet, meetAfterSleep, mingleAfterSleep, patternOfChildren, progressOfChildren, spawnLocal, spawnUncloneable, transferToChild, uncopiableChildren, withQueueTime } from './fixtures/nested.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

async function warmPool(): Promise<ThreadPool> {
  const pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  return pool;
}

const twoFlags = (): [SharedArrayBuffer, SharedArrayBuffer] => [new Flag().memory, new Flag().memory];

describe('a spawned call', () => {
  test('moves to a thread that has nothing to do, and its result comes back', async () => {
    await using pool = await warmPool();
    const threads = await pool.run(meet(...twoFlags()));
    expect(new Set(threads).size).toBe(2);
  });

  test('moves also from a thread that was parked in between, and again and again', async () => {
    await using pool = await warmPool();
    for (let round = 0; round < 20; round++) {
      const threads = await pool.run(meetAfterSleep(...twoFlags()));
      expect(new Set(threads).size).toBe(2);
    }
  });

  test('moves either way between two threads that both have work and then none', async () => {
    await using pool = await warmPool();
    for (let round = 0; round < 30; round++) {
      const both = await Promise.all([pool.run(mingleAfterSleep(...twoFlags())), pool.run(mingleAfterSleep(...twoFlags()))]);
      for (const threads of both) expect(threads).toHaveLength(2);
    }
  });

  test('reports progress to its handle from either thread', async () => {
    await using pool = await warmPool();
    const { threads, reports } = await pool.run(progressOfChildren(...twoFlags()));
    expect(new Set(threads).size).toBe(2);
    expect(reports).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  test('takes along what `transfer` lists', async () => {
    await using pool = await warmPool();
    expect(await pool.run(transferToChild(new Flag().memory))).toEqual({ byte: 42, isElsewhere: true, bytesLeft: 0 });
  });

  test('with arguments that cannot be copied runs on the thread that spawned it', async () => {
    await using pool = await warmPool();
    const { home, results } = await pool.run(spawnUncloneable(50));
    expect(results).toEqual(Array.from({ length: 50 }, () => ({ value: home, thread: home })));
    // Nobody was left waiting for a call that stayed.
    expect(new Set(await pool.run(meet(...twoFlags()))).size).toBe(2);
  });

  test('of a local task runs on the thread that spawned it', async () => {
    await using pool = await warmPool();
    const { home, results } = await pool.run(spawnLocal(50));
    expect(results).toEqual(Array.from({ length: 50 }, (_, value) => ({ value, thread: home })));
  });

  test('with a queue time runs on the thread that spawned it', async () => {
    await using pool = await warmPool();
    expect(await pool.run(withQueueTime(50))).toBe(true);
  });

  test('under a task-local sees its value, although another thread has nothing to do', async () => {
    await using pool = await warmPool();
    expect(await pool.run(patternOfChildren(50))).toEqual(['twill', 'plain']);
  });

  test('has the deadline of its parent on either thread', async () => {
    await using pool = await warmPool();
    const deadline = Date.now() + 3_600_000;
    const contexts = await pool.run(contextsOfChildren(...twoFlags()), { deadline });
    expect(new Set(contexts.map(({ thread }) => thread)).size).toBe(2);
    expect(contexts.map((context) => context.deadline)).toEqual([deadline, deadline]);
  });

  test('of which the result cannot be copied fails where it moved, and names the place', async () => {
    await using pool = await warmPool();
    const outcomes = await pool.run(uncopiableChildren(...twoFlags()));
    expect(outcomes.toSorted()).toEqual(['The result of task throwsOdd cannot be copied to another thread: result is a function', 'function']);
  });

  test('that is cancelled right after it has moved ends, whether it had begun or not', async () => {
    await using pool = await warmPool();
    let untouched = 0;
    for (let round = 0; round < 200; round++) {
      const flag = new Flag();
      const { isComplete, hasFailed } = await pool.run(recall(flag.memory));
      // Ended at once means that it had not begun, so it never will.
      if (isComplete) {
        expect(hasFailed).toBe(true);
        expect(flag.isRaised).toBe(false);
        untouched++;
      }
    }
    expect(untouched).toBeGreaterThan(0);
  });
});

test('errors of calls on both threads are one error with the other in `suppressed`', async () => {
  await using pool = await warmPool();
  const error = await failureOf(pool.run(throwFromChild('its own class')));
  expect(error).toMatchObject({ name: 'LoomError', shaft: 3 });
});
