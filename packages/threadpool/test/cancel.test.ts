import { isCancelled } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add } from './fixtures/basics.js';
import { cancelsChildren, failsToCleanUp, family, finishes, holdsUnclosable, occupy, parked, raiseFlag } from './fixtures/cancelling.js';
import { sleepForever, spinAsync, spinBesideFailure, spinElsewhere, spinEverywhere, spinForever, stubborn, whichThread } from './fixtures/crashing.js';
import { flags, Flag } from './flag.ts';
import { sendBehind } from './send-behind.ts';
import { warmUp } from './warm-up.ts';

/** Short, so that stuck threads are ended soon. */
const GRACE_MS = 20;

/** Runs calls that can only end when there is one on each thread at the same moment. */
async function expectAllThreadsToAnswer(pool: ThreadPool): Promise<void> {
  const go = new Flag();
  const started = flags(pool.capacity);
  const threads = Promise.all(started.map((flag) => pool.run(whichThread(flag.memory, go.memory))));
  await Promise.all(started.map((flag) => flag.raised()));
  go.raise();
  expect(new Set(await threads).size).toBe(pool.capacity);
}

describe('a call that waits in the queue', () => {
  test('never starts once it is cancelled, and ends at once', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, go, touched] = [new Flag(), new Flag(), new Flag()];
    const running = pool.run(occupy(started.memory, go.memory));
    await started.raised();
    const bySignal = new AbortController();
    const queued = failureOf(pool.run(raiseFlag(touched.memory), { signal: bySignal.signal }));
    const handle = pool.submit(raiseFlag(touched.memory));
    const cause = new Error('no longer needed');
    bySignal.abort(cause);
    handle.cancel(cause);
    expect(handle.state).toBe('complete');
    const error = await queued;
    expect(isCancelled(error)).toBe(true);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ERR_HEDDLE_CANCELLED', message: expect.stringContaining('no longer needed') });
    expect((error as Error).cause).toBe(cause);
    go.raise();
    expect(await running).toBe('untouched');
    await pool.close();
    expect(touched.isRaised).toBe(false);
    expect(pool.stats()).toMatchObject({ completed: 1, cancelled: 2, queued: 0 });
  });

  test('never starts when its signal has aborted before', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const touched = new Flag();
    expect(isCancelled(await failureOf(pool.run(raiseFlag(touched.memory), { signal: AbortSignal.abort() })))).toBe(true);
    await pool.run(add(1, 2));
    expect(touched.isRaised).toBe(false);
  });

  test('never starts although it was sent to the thread already, and ends at once although the thread is busy', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const touched = new Flag();
    const { ahead, behind, go } = await sendBehind(pool, () => pool.submit(raiseFlag(touched.memory)));
    const { cancelled } = pool.stats();
    behind.cancel();
    expect(behind.state).toBe('complete');
    go.raise();
    await ahead.result;
    await pool.run(add(1, 2));
    expect(touched.isRaised).toBe(false);
    expect(pool.stats()).toMatchObject({ cancelled: cancelled + 1 });
  });
});

describe('a running task that is cancelled', () => {
  test('gets CancelledError where it is parked, ends after its `finally`, and the submitter gets the reason', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, ended] = [new Flag(), new Flag()];
    const controller = new AbortController();
    const running = failureOf(pool.run(parked(started.memory, ended.memory), { signal: controller.signal }));
    await started.raised();
    const reason = { not: 'an error', callback: () => 1 };
    controller.abort(reason);
    const error = await running;
    expect(isCancelled(error)).toBe(true);
    expect((error as Error).cause).toBe(reason);
    expect(ended.isRaised).toBe(true);
    expect(pool.stats()).toMatchObject({ cancelled: 1, failed: 0 });
  });

  test('may end with a value all the same', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const started = new Flag();
    const handle = pool.submit(finishes(started.memory));
    await started.raised();
    handle.cancel();
    expect(await handle.result).toBe('finished all the same');
  });

  test('fails with the error of its clean-up, if that fails', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const started = new Flag();
    const handle = pool.submit(failsToCleanUp(started.memory));
    await started.raised();
    handle.cancel();
    expect(await failureOf(handle.result)).toMatchObject({ name: 'RangeError', message: 'clean-up failed' });
  });

  test('ends as cancelled, with what went wrong beside its clean-up kept in `suppressed`', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const started = new Flag();
    const handle = pool.submit(holdsUnclosable(started.memory));
    await started.raised();
    handle.cancel('enough');
    expect(await failureOf(handle.result)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'enough', suppressed: [{ name: 'RangeError', message: 'clean-up failed' }] });
    expect(pool.stats()).toMatchObject({ cancelled: 1, failed: 0 });
  });

  test('takes its children along, on other threads too', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const [started, ended, elsewhere] = [flags(4), flags(4), new Flag()];
    const handle = pool.submit(
      family(
        started.map((flag) => flag.memory),
        ended.map((flag) => flag.memory),
        elsewhere.memory,
      ),
    );
    await Promise.all(started.map((flag) => flag.raised()));
    handle.cancel();
    expect(isCancelled(await failureOf(handle.result))).toBe(true);
    expect(ended.map((flag) => flag.isRaised)).toEqual([true, true, true, true]);
    expect(elsewhere.isRaised).toBe(true);
  });

  test('by its parent, on another thread, tells the parent why', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const [started, ended] = [new Flag(), new Flag()];
    expect(await pool.run(cancelsChildren(started.memory, ended.memory))).toContain('enough');
    expect(ended.isRaised).toBe(true);
  });

  test('leaves its neighbours alone', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [one, two, ended] = [new Flag(), new Flag(), new Flag()];
    const neighbour = pool.submit(finishes(one.memory));
    const handle = pool.submit(parked(two.memory, ended.memory));
    await Promise.all([one.raised(), two.raised()]);
    handle.cancel();
    await failureOf(handle.result);
    expect(neighbour.state).toBe('running');
    neighbour.cancel();
    expect(await neighbour.result).toBe('finished all the same');
  });

  test('of which the handle is disposed is waited for', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, ended] = [new Flag(), new Flag()];
    {
      await using handle = pool.submit(parked(started.memory, ended.memory));
      await started.raised();
      expect(handle.state).toBe('running');
    }
    expect(ended.isRaised).toBe(true);
  });
});

describe('a task that does not stop', () => {
  test.each([
    ['loops without end', spinForever],
    ['loops without end after an await', spinAsync],
    ['catches every cancellation', stubborn],
  ])('because it %s loses its thread after the grace period, and the thread is replaced', async (_, task) => {
    await using pool = new ThreadPool({ threads: 2, graceMs: GRACE_MS });
    await warmUp(pool);
    const started = new Flag();
    const handle = pool.submit(task(started.memory));
    await started.raised();
    handle.cancel('took too long');
    const error = await failureOf(handle.result);
    expect(isCancelled(error)).toBe(true);
    expect(error).toMatchObject({ cause: 'took too long' });
    await expectAllThreadsToAnswer(pool);
  });

  test('takes along the neighbours that had begun, which are told why', async () => {
    await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
    const [one, two] = [new Flag(), new Flag()];
    const neighbour = failureOf(pool.run(sleepForever(one.memory)));
    await one.raised();
    const handle = pool.submit(spinForever(two.memory));
    await two.raised();
    handle.cancel();
    await failureOf(handle.result);
    expect(await neighbour).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('task spinForever was cancelled and had not ended after a grace of 20 ms') });
    expect(await pool.run(add(1, 2))).toBe(3);
  });

  test('does not cost a neighbour its thread when it is the neighbour that computes', async () => {
    await using pool = new ThreadPool({ threads: 1, graceMs: 0 });
    const [one, ended, two, go] = [new Flag(), new Flag(), new Flag(), new Flag()];
    const cancelled = pool.submit(parked(one.memory, ended.memory));
    await one.raised();
    const neighbour = pool.run(occupy(two.memory, go.memory));
    await two.raised();
    cancelled.cancel();
    // Longer than the grace and its margin: the pool has looked at the thread and left it alone.
    const deadline = pool.submit(add(1, 2), { queueTimeoutMs: 1_200 });
    expect(await failureOf(deadline.result)).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT', phase: 'queue' });
    expect(cancelled.state).toBe('running');
    go.raise();
    expect(await neighbour).toBe('untouched');
    expect(isCancelled(await failureOf(cancelled.result))).toBe(true);
    expect(ended.isRaised).toBe(true);
  });

  test('on another thread, which was lent the call, costs that thread and not the one that waits for it', async () => {
    await using pool = new ThreadPool({ threads: 2, graceMs: GRACE_MS });
    const before = await warmUp(pool);
    const started = new Flag();
    const handle = pool.submit(spinElsewhere(started.memory));
    await started.raised();
    handle.cancel();
    expect(isCancelled(await failureOf(handle.result))).toBe(true);
    const go = new Flag();
    const flagsOf = flags(2);
    const after = Promise.all(flagsOf.map((flag) => pool.run(whichThread(flag.memory, go.memory))));
    await Promise.all(flagsOf.map((flag) => flag.raised()));
    go.raise();
    expect((await after).filter((thread) => before.includes(thread))).toHaveLength(1);
  });

  test('on another thread is ended too when a sibling fails', async () => {
    await using pool = new ThreadPool({ threads: 2, graceMs: GRACE_MS });
    await warmUp(pool);
    expect(await failureOf(pool.run(spinBesideFailure(new Flag().memory)))).toMatchObject({ name: 'RangeError', message: 'a sibling failed' });
    await expectAllThreadsToAnswer(pool);
  });

  test('on two threads at once costs both, one after the other', async () => {
    await using pool = new ThreadPool({ threads: 2, graceMs: GRACE_MS });
    await warmUp(pool);
    const [one, two] = [new Flag(), new Flag()];
    const handle = pool.submit(spinEverywhere(one.memory, two.memory));
    await Promise.all([one.raised(), two.raised()]);
    handle.cancel();
    expect(isCancelled(await failureOf(handle.result))).toBe(true);
    await expectAllThreadsToAnswer(pool);
  });
});
