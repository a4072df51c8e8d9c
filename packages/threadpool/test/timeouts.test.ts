import { TaskTimeoutError } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add, noteStart } from './fixtures/basics.js';
import { finishes, occupy, parked, raiseFlag } from './fixtures/cancelling.js';
import { spinForever, spinWithTimeout } from './fixtures/crashing.js';
import { Flag } from './flag.ts';
import { sendBehind } from './send-behind.ts';
import { warmUp } from './warm-up.ts';

/** Longer than a timer of the host takes. */
const LONGEST_TIMER_MS = 2 ** 31;

describe('queueTimeoutMs', () => {
  test('ends a call that waits in the queue for longer, and it never starts', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, go, touched] = [new Flag(), new Flag(), new Flag()];
    const running = pool.run(occupy(started.memory, go.memory));
    await started.raised();
    const error = await failureOf(pool.run(raiseFlag(touched.memory), { queueTimeoutMs: 1 }));
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ phase: 'queue', limitMs: 1, code: 'ERR_HEDDLE_TIMEOUT', message: expect.stringContaining('raiseFlag') });
    go.raise();
    await running;
    await pool.close();
    expect(touched.isRaised).toBe(false);
    expect(pool.stats()).toMatchObject({ completed: 1, cancelled: 1 });
  });

  test('ends a call that was sent to a busy thread and has not begun there', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const touched = new Flag();
    const { ahead, behind, go } = await sendBehind(pool, () => {
      const limited = pool.submit(raiseFlag(touched.memory), { queueTimeoutMs: 1 });
      // Asked for at once: a time-out that nobody has asked for yet would count as lost.
      limited.result.catch(() => {});
      return limited;
    });
    expect(await failureOf(behind.result)).toMatchObject({ phase: 'queue' });
    expect(ahead.state).toBe('running');
    go.raise();
    await ahead.result;
    await pool.run(add(1, 2));
    expect(touched.isRaised).toBe(false);
  });

  test('does not concern a call that has begun', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await warmUp(pool);
    const started = new Flag();
    const handle = pool.submit(finishes(started.memory), { queueTimeoutMs: 500 });
    await started.raised();
    expect(await failureOf(pool.run(parked(new Flag().memory, new Flag().memory), { timeoutMs: 600 }))).toMatchObject({ phase: 'run' });
    expect(handle.state).toBe('running');
    handle.cancel();
    expect(await handle.result).toBe('finished all the same');
  });
});

describe('timeoutMs', () => {
  test('ends a task that is parked, after its `finally`', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, ended] = [new Flag(), new Flag()];
    const error = await failureOf(pool.run(parked(started.memory, ended.memory), { timeoutMs: 5 }));
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ phase: 'run', limitMs: 5, name: 'TaskTimeoutError' });
    expect(ended.isRaised).toBe(true);
    expect(pool.stats()).toMatchObject({ cancelled: 1, failed: 0 });
  });

  test('ends a task that never suspends, together with its thread', async () => {
    await using pool = new ThreadPool({ threads: 1, graceMs: 0 });
    const started = new Flag();
    expect(await failureOf(pool.run(spinForever(started.memory), { timeoutMs: 5 }))).toMatchObject({ phase: 'run', limitMs: 5 });
    expect(started.isRaised).toBe(true);
    expect(await pool.run(add(1, 2))).toBe(3);
  });

  test('ends a call that never suspends on the thread that it was lent to', async () => {
    await using pool = new ThreadPool({ threads: 2, graceMs: 0 });
    await warmUp(pool);
    expect(await pool.run(spinWithTimeout(new Flag().memory))).toBe('Task spin ran longer than 20 ms');
  });

  test('counts from the first step, not from submission', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, go, touched] = [new Flag(), new Flag(), new Flag()];
    const running = pool.run(occupy(started.memory, go.memory));
    await started.raised();
    const waiting = pool.run(raiseFlag(touched.memory), { timeoutMs: 200 });
    expect(await failureOf(pool.run(add(1, 2), { queueTimeoutMs: 300 }))).toMatchObject({ phase: 'queue' });
    go.raise();
    await running;
    await waiting;
    expect(touched.isRaised).toBe(true);
  });
});

describe('deadline', () => {
  test('ends a queued call and a running one', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [started, ended, touched] = [new Flag(), new Flag(), new Flag()];
    const deadline = Date.now() + 60;
    const running = failureOf(pool.run(parked(started.memory, ended.memory), { deadline }));
    expect(await running).toMatchObject({ phase: 'deadline', limitMs: deadline, code: 'ERR_HEDDLE_TIMEOUT' });
    const [busy, go] = [new Flag(), new Flag()];
    const occupying = pool.run(occupy(busy.memory, go.memory));
    await busy.raised();
    expect(await failureOf(pool.run(raiseFlag(touched.memory), { deadline: Date.now() + 5 }))).toMatchObject({ phase: 'deadline' });
    go.raise();
    await occupying;
    expect(touched.isRaised).toBe(false);
  });
});

test('limits longer than a timer of the host takes do not expire at once', async () => {
  await using pool = new ThreadPool({ threads: 1, graceMs: LONGEST_TIMER_MS });
  const [started, go] = [new Flag(), new Flag()];
  const running = pool.run(occupy(started.memory, go.memory));
  await started.raised();
  const limits = { queueTimeoutMs: LONGEST_TIMER_MS, timeoutMs: LONGEST_TIMER_MS, deadline: Date.now() + 2 * LONGEST_TIMER_MS };
  const waiting = pool.run(add(1, 2), limits);
  const cancelled = pool.submit(parked(new Flag().memory, new Flag().memory), limits);
  expect(await failureOf(pool.run(add(1, 2), { queueTimeoutMs: 30 }))).toMatchObject({ phase: 'queue' });
  go.raise();
  await running;
  expect(await waiting).toBe(3);
  cancelled.cancel();
  await failureOf(cancelled.result);
});

test('calls that time out leave the order of the others as it is', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  const list = new SharedArrayBuffer(4 * 200);
  const [started, go] = [new Flag(), new Flag()];
  const running = pool.run(occupy(started.memory, go.memory));
  await started.raised();
  const calls = Array.from({ length: 90 }, (_, i) => pool.submit(noteStart(list, i), i % 3 === 0 ? { queueTimeoutMs: 1 } : i % 3 === 1 ? { timeoutMs: 60_000 } : {}));
  // Asked for at once: the time-outs come one after the other, and one that nobody has asked for yet would count as lost.
  const results = calls.map((call) => call.result);
  void Promise.allSettled(results);
  for (const [i, call] of calls.entries()) if (i % 3 === 0) expect(await failureOf(call.result)).toMatchObject({ phase: 'queue' });
  go.raise();
  await running;
  await Promise.all(calls.filter((_, i) => i % 3 !== 0).map((call) => call.result));
  expect([...new Int32Array(list, 4, 60)]).toEqual(calls.map((_, i) => i).filter((i) => i % 3 !== 0));
});
