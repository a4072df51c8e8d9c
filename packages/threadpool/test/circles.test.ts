import { DeadlockError, TaskTimeoutError } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { holdAndWait } from './fixtures/circles.js';
import { flags } from './flag.ts';
import { warmUp } from './warm-up.ts';

/** Two tasks, each of which holds a lock of its thread and waits for a child on the other one's, which waits for the lock there. */
async function runCircle(pool: ThreadPool, timeoutMs?: number): Promise<PromiseSettledResult<string>[]> {
  await warmUp(pool);
  const [one, two, firstMoved, secondMoved] = flags(4).map(({ memory }) => memory) as [SharedArrayBuffer, SharedArrayBuffer, SharedArrayBuffer, SharedArrayBuffer];
  return await Promise.allSettled([
    pool.run(holdAndWait({ mine: one, theirs: two, firstMoved, moved: firstMoved, isFirst: true, timeoutMs }), { name: 'warp' }),
    pool.run(holdAndWait({ mine: two, theirs: one, firstMoved, moved: secondMoved, isFirst: false, timeoutMs }), { name: 'weft' }),
  ]);
}

describe('a circle of tasks on two threads that wait for one another', () => {
  test('is broken: one of them gets an error that tells of all, and the other goes on', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    const outcomes = await runCircle(pool);
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures).toHaveLength(1);
    const error = failures[0]?.reason as DeadlockError;
    expect(error).toBeInstanceOf(DeadlockError);
    expect(error.circle).toHaveLength(4);
    expect(error.message).toMatch(/^Expected some task to be able to go on, got a circle of tasks on several threads that wait for one another:\n/);
    for (const line of [/\n {2}warp \(task-.*\) waits for task want \(/, /\n {2}weft \(task-.*\) waits for task want \(/, /\n {2}want \(task-.*\) waits for .*loom, held up by (?:warp|weft) \(/]) expect(error.message).toMatch(line);
  });

  test('is left alone where a time limit will end it', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    const outcomes = await runCircle(pool, 300);
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) expect(reason).toBeInstanceOf(TaskTimeoutError);
  });
});
