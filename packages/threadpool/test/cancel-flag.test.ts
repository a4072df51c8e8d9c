/** Whether a task that never lets the event loop have its turn sees its cancellation all the same. */

import { isCancelled, type TaskHandle } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { whereAmI } from './fixtures/basics.js';
import { asyncLoop, childLoop, coroutineLoop, groupLoop, lentLoop, passSignalOn, plainLoop, pollUnderValues, valuesHere, waitThenPoll } from './fixtures/polling.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

/** Longer than any test: no thread is ended, so a loop that ends has seen its cancellation. */
const GRACE_MS = 3_600_000;

const BODIES = { plain: plainLoop, async: asyncLoop, coroutine: coroutineLoop, child: childLoop, group: groupLoop };

async function cancelOnceStarted(handle: TaskHandle<unknown>, started: Flag): Promise<void> {
  await started.raised();
  handle.cancel('enough');
}

describe.each(Object.entries(BODIES))('a loop that never pauses, in a body of kind %s,', (_, loop) => {
  test.each([
    ['shouldYield', 'stopped'],
    ['signal.aborted', 'stopped'],
    ['signal.reason', 'The task was cancelled: enough'],
    ['what AbortSignal.any makes of its signal', 'stopped'],
  ])('learns by %s that it was cancelled, and keeps its thread', async (how, value) => {
    await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
    const [thread] = await warmUp(pool);
    const started = new Flag();
    const handle = pool.submit(loop(how, started.memory));
    await cancelOnceStarted(handle, started);
    // A value beats a cancellation.
    expect(await handle.result).toBe(value);
    expect(await pool.run(whereAmI())).toBe(thread);
  });

  test('ends as cancelled by signal.throwIfAborted()', async () => {
    await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
    const started = new Flag();
    const handle = pool.submit(loop('signal.throwIfAborted()', started.memory));
    await cancelOnceStarted(handle, started);
    const error = await failureOf(handle.result);
    expect(isCancelled(error)).toBe(true);
    expect(error).toMatchObject({ cause: 'enough' });
  });
});

test.each(['shouldYield', 'signal.aborted'])('a loop that was lent to another thread learns by %s that its parent was cancelled', async (how) => {
  await using pool = new ThreadPool({ threads: 2, graceMs: GRACE_MS });
  const threads = await warmUp(pool);
  const started = new Flag();
  const handle = pool.submit(lentLoop(how, started.memory));
  await cancelOnceStarted(handle, started);
  expect(isCancelled(await failureOf(handle.result))).toBe(true);
  expect(new Set(await warmUp(pool))).toEqual(new Set(threads));
});

test.each([
  ['timeoutMs', (): object => ({ timeoutMs: 20 }), { code: 'ERR_HEDDLE_TIMEOUT', phase: 'run' }],
  ['deadline', (): object => ({ deadline: Date.now() + 100 }), { code: 'ERR_HEDDLE_TIMEOUT', phase: 'deadline' }],
  ['signal', (): object => ({ signal: AbortSignal.timeout(20) }), { code: 'ERR_HEDDLE_CANCELLED', cause: { name: 'TimeoutError' } }],
])('a loop that never pauses learns of its %s', async (_, options, expected) => {
  await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
  const [thread] = await warmUp(pool);
  expect(await failureOf(pool.run(plainLoop('signal.throwIfAborted()', new Flag().memory), options()))).toMatchObject(expected);
  expect(await pool.run(whereAmI())).toBe(thread);
});

test('close() with a deadline ends a loop that never pauses', async () => {
  const pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
  const started = new Flag();
  const result = pool.run(plainLoop('shouldYield', started.memory));
  await started.raised();
  await pool.close({ deadlineMs: 0 });
  expect(await result).toBe('stopped');
});

test('a signal that polls is an AbortSignal to everybody else', async () => {
  await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
  const started = new Flag();
  const handle = pool.submit(passSignalOn(started.memory));
  await cancelOnceStarted(handle, started);
  expect(await handle.result).toEqual({ text: 'weft', refused: 'AbortError', isSignal: true, tag: '[object AbortSignal]', keys: [] });
});

test('what a task reads along with a cancellation inherits nothing from it', async () => {
  await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
  await warmUp(pool);
  const [started, go, other] = [new Flag(), new Flag(), new Flag()];
  const polling = pool.run(pollUnderValues(started.memory, go.memory));
  await started.raised();
  const values = pool.run(valuesHere());
  const cancelled = pool.submit(waitThenPoll(other.memory, go.memory));
  const behind = pool.run(valuesHere());
  // Once they have left for the thread.
  await new Promise((resolve) => setImmediate(resolve));
  cancelled.cancel();
  go.raise();
  expect(await polling).toBe('mine');
  expect(await values).toEqual(['nobody', undefined]);
  expect(await behind).toEqual(['nobody', undefined]);
  expect(isCancelled(await failureOf(cancelled.result))).toBe(true);
  expect(other.isRaised).toBe(false);
});

test('a task that asks after others were cancelled is not', async () => {
  await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
  await warmUp(pool);
  const [started, go] = [new Flag(), new Flag()];
  const handle = pool.submit(waitThenPoll(started.memory, go.memory));
  await started.raised();
  const others = Array.from({ length: 20 }, () => pool.submit(whereAmI()));
  await new Promise((resolve) => setImmediate(resolve));
  for (const other of others) other.cancel();
  go.raise();
  expect(await handle.result).toBe(false);
  for (const other of others) expect(isCancelled(await failureOf(other.result))).toBe(true);
});
