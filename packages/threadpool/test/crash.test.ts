import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add, noteStart } from './fixtures/basics.js';
import { borrowerDies, crash, crashAfterwards, lenderDies, sleepForever, whichThread } from './fixtures/crashing.js';
import { flags, Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

/** Runs calls that can only end when there is one on each thread at the same moment. */
async function answerOfAllThreads(pool: ThreadPool): Promise<number[]> {
  const go = new Flag();
  const started = flags(pool.capacity);
  const threads = Promise.all(started.map((flag) => pool.run(whichThread(flag.memory, go.memory))));
  await Promise.all(started.map((flag) => flag.raised()));
  go.raise();
  return await threads;
}

describe.each([1, 2])('a pool of %i threads', (threads) => {
  test.each([
    ['process.exit', /exited with code 3/],
    ['process.exit in a promise', /exited with code 0/],
    ['a throw in a timer', /thrown in a timer/],
    ['a rejection that nobody handles', /rejected/],
    ['a throw of null in a timer', /null/],
  ])('settles the task that ended its thread by %s, and goes on with as many threads', async (how, message) => {
    await using pool = new ThreadPool({ threads });
    const before = await warmUp(pool);
    const failure = await failureOf(pool.run(crash(how)));
    expect(failure).toMatchObject({ name: 'WorkerLostError', code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringMatching(message) });
    expect((failure as Error).message).toContain('task crash');
    const after = await answerOfAllThreads(pool);
    expect(new Set(after).size).toBe(threads);
    expect(after.filter((thread) => before.includes(thread))).toHaveLength(threads - 1);
  });

  test('settles a task that runs out of memory', async () => {
    await using pool = new ThreadPool({ threads, resourceLimits: { maxOldGenerationSizeMb: 20, maxYoungGenerationSizeMb: 4 } });
    expect(await failureOf(pool.run(crash('too much memory')))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
    expect(await pool.run(add(1, 2))).toBe(3);
  });

  test('replaces a thread that dies while it is idle', async () => {
    await using pool = new ThreadPool({ threads });
    await warmUp(pool);
    const go = new Flag();
    const dying = await pool.run(crashAfterwards(go.memory));
    go.raise();
    // Whichever way this comes out, none of them is lost: those that the dying thread has not begun go to another.
    const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => pool.run(add(i, 1))));
    expect(sums).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    let after = await answerOfAllThreads(pool);
    while (after.includes(dying)) after = await answerOfAllThreads(pool);
    expect(new Set(after).size).toBe(threads);
  });

  test('survives many crashes in a row', async () => {
    await using pool = new ThreadPool({ threads });
    for (let round = 0; round < 5; round++) {
      const failures = await Promise.all(Array.from({ length: threads }, () => failureOf(pool.run(crash('process.exit')))));
      for (const failure of failures) expect(failure).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    }
    expect(new Set(await answerOfAllThreads(pool)).size).toBe(threads);
  });
});

test('calls that were sent behind one that ends the thread begin on another, in their order', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  const list = new SharedArrayBuffer(4 * 300);
  // Makes the calls known as cheap, so that many travel together.
  for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 10 }, () => pool.run(noteStart(list, -1))));
  new Int32Array(list).fill(0);
  const crashing = failureOf(pool.run(crash('process.exit')));
  const behind = Promise.all(Array.from({ length: 200 }, (_, i) => pool.run(noteStart(list, i))));
  expect(await crashing).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
  await behind;
  expect([...new Int32Array(list, 4, 200)]).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('a neighbour that had begun on the same thread is lost with it, and says with whom', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  const started = new Flag();
  const neighbour = failureOf(pool.run(sleepForever(started.memory)));
  await started.raised();
  const failure = await failureOf(pool.run(crash('a throw in a timer')));
  expect(failure).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
  expect(await neighbour).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('task sleepForever') });
});

test('when the thread dies that has lent a call, the call is cancelled where it runs', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  const [started, cancelled] = [new Flag(), new Flag()];
  expect(await failureOf(pool.run(lenderDies(started.memory, cancelled.memory)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('code 5') });
  await cancelled.raised();
  expect(new Set(await answerOfAllThreads(pool)).size).toBe(2);
});

test('when the thread dies that has borrowed a call, whoever awaits it gets WorkerLostError', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  const started = new Flag();
  const { name, message } = await pool.run(borrowerDies(started.memory));
  expect(name).toBe('WorkerLostError');
  expect(message).toContain('while it ran task exitWhen for another thread');
  expect(new Set(await answerOfAllThreads(pool)).size).toBe(2);
});
