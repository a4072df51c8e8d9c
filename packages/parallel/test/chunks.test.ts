/** How items are grouped, in virtual time: a task says itself how long it took. */

import { InlineExecutor, NotPortableError, SerializationError, task, type Executor } from '@heddle/core';
import { forEach, map, reduce } from '@heddle/parallel';
import { beforeEach, describe, expect, test } from 'vitest';
import { BoundaryExecutor } from './fixtures/boundary-executor.ts';
import { SpyExecutor } from './fixtures/spy-executor.ts';
import { afterTurns, double, journal, makeFunction, nap, noted } from './fixtures/tasks.ts';
import { idle, spend, stopTime } from './fixtures/virtual-time.ts';
import { range } from './fixtures/watched-source.ts';

beforeEach(() => journal.clear());

function spy(): SpyExecutor {
  return new SpyExecutor(new InlineExecutor());
}

function sizes(executor: SpyExecutor): number[] {
  return executor.submissions.map(({ items }) => items);
}

describe('the size of a chunk', () => {
  test('begins with one item, grows step by step, and ends at what takes a few milliseconds', async () => {
    stopTime();
    await using executor = spy();
    await forEach(range(1000), () => spend(1 / 64), { executor });
    expect(sizes(executor).slice(0, 6)).toEqual([1, 1, 8, 8, 64, 64]);
    expect(Math.max(...sizes(executor))).toBe(128);
  });

  test('is bounded for items that cost next to nothing', async () => {
    stopTime();
    await using executor = spy();
    await forEach(range(100_000), () => spend(0), { executor });
    expect(Math.max(...sizes(executor))).toBe(1024);
    expect(executor.submissions.length).toBeLessThan(200);
  });

  test('stays at one for items that take longer than a chunk should', async () => {
    stopTime();
    await using executor = spy();
    await forEach(range(30), () => spend(5), { executor });
    expect(sizes(executor)).toEqual(Array.from({ length: 30 }, () => 1));
  });

  test('falls towards the end, so that all threads end together', async () => {
    stopTime();
    await using executor = spy();
    await forEach(range(200), () => spend(0.001), { executor });
    const all = sizes(executor);
    expect(all.reduce((sum, size) => sum + size)).toBe(200);
    const peak = all.indexOf(Math.max(...all));
    expect(all.slice(peak)).toEqual(all.slice(peak).toSorted((a, b) => b - a));
    expect(all.at(-1)).toBe(1);
  });

  test('shrinks at once when items turn out dear: the chunk under way hands back its tail', async () => {
    stopTime();
    await using executor = spy();
    // Cheap ones first; then each takes longer than a whole chunk should.
    const results = await map(range(400), (n) => spend(n < 200 ? 0.01 : 10), { executor, concurrency: 1 });
    expect(results).toEqual(range(400).map((n) => (n < 200 ? 0.01 : 10)));
    const largeOnes = sizes(executor).filter((size) => size > 1);
    expect(executor.submissions.length).toBeGreaterThan(190);
    expect(largeOnes.length).toBeLessThan(20);
  });

  test('takes the weight of the data into account', async () => {
    stopTime();
    await using executor = spy();
    const megabyte = (): Uint8Array => new Uint8Array(2 ** 20);
    await forEach(range(40), () => afterTurns(megabyte(), 0), { executor });
    expect(Math.max(...sizes(executor))).toBe(1);
  });

  test('counts data that several items share once, and shared memory not at all', async () => {
    stopTime();
    await using executor = spy();
    const same = new Uint8Array(2 ** 19);
    await forEach(range(40), () => afterTurns(same, 0), { executor });
    expect(Math.max(...sizes(executor))).toBeGreaterThan(4);
    await using other = spy();
    await forEach(range(40), () => afterTurns(new Uint8Array(new SharedArrayBuffer(2 ** 20)), 0), { executor: other });
    expect(Math.max(...sizes(other))).toBeGreaterThan(4);
  });

  test('takes the weight of the results into account: the tail is handed back', async () => {
    stopTime();
    await using executor = spy();
    const long = task(import.meta, 'long', (length: number) => 'x'.repeat(length));
    const results = await map(range(60), (n) => long(n < 20 ? 1 : 2 ** 20), { executor });
    expect(results.map(({ length }) => length)).toEqual(range(60).map((n) => (n < 20 ? 1 : 2 ** 20)));
    expect(executor.submissions.length).toBeGreaterThan(40);
  });
});

describe('the chunks in flight', () => {
  test('are two a thread', async () => {
    stopTime();
    for (const inner of [new InlineExecutor(), new BoundaryExecutor()] as Executor<true>[]) {
      await using executor = new SpyExecutor(inner);
      await forEach(range(300), () => spend(1), { executor });
      expect(executor.mostLive).toBe(2 * executor.capacity);
    }
  });

  test('are as many as the concurrency, where one is given', async () => {
    stopTime();
    await using executor = spy();
    await forEach(range(300), () => spend(1), { executor, concurrency: 7 });
    expect(executor.mostLive).toBe(7);
  });

  test('become more while threads sit idle, within bounds', async () => {
    stopTime();
    await using executor = spy();
    await forEach(range(5000), () => idle(50), { executor });
    expect(executor.mostLive).toBe(256);
  });

  test('become fewer again when threads are busy', async () => {
    stopTime();
    await using executor = spy();
    let mostLiveLater = 0;
    const mapper = (n: number) => {
      if (n > 4000) mostLiveLater = Math.max(mostLiveLater, executor.live);
      return n < 1000 ? idle(50) : spend(2);
    };
    await forEach(range(5000), mapper, { executor });
    expect(mostLiveLater).toBeLessThanOrEqual(2);
  });
});

describe('calls with options', () => {
  test('time-outs hold for the item, not for its chunk', async () => {
    await using executor = spy();
    const mapper = (n: number) => (n < 30 ? double(n).with({ timeoutMs: 10_000 }) : nap(10_000).with({ timeoutMs: 1, name: 'slow nap' }));
    const error = await map(range(31), mapper, { executor }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'TaskTimeoutError', phase: 'run', limitMs: 1, index: 30, message: 'Task slow nap ran longer than 1 ms' });
    expect(executor.submissions.length).toBeLessThan(31);
  });

  test('those that the executor must see travel alone', async () => {
    await using executor = spy();
    const controller = new AbortController();
    const mapper = (n: number) => (n % 10 === 9 ? double(n).with({ priority: n, signal: controller.signal }) : double(n));
    expect(await map(range(100), mapper, { executor })).toEqual(range(100).map((n) => n * 2));
    const alone = executor.submissions.filter(({ call }) => call.task === double);
    expect(alone.map(({ call }) => call.options?.priority)).toEqual(range(10).map((n) => 10 * n + 9));
  });

  test('what a task says about queueing holds for its chunks', async () => {
    await using executor = spy();
    const urgent = task(import.meta, 'urgent', (n: number) => n, { priority: 7 });
    await map(range(50), (n) => urgent(n), { executor });
    expect(new Set(executor.submissions.map(({ call }) => call.options?.priority))).toEqual(new Set([7]));
  });
});

describe('an executor that leaves the thread', () => {
  // As from JavaScript, or with a cast: the compiler refuses these.
  const unchecked = map as unknown as (items: Iterable<unknown>, mapper: (item: never) => unknown, options: object) => Promise<unknown[]>;
  const local = task(function localDouble(n: number) {
    return n * 2;
  });

  test.each([
    ['a closure', (n: number) => n * 2, 'the number 2'],
    ['an async closure', async (n: number) => n * 2, 'a Promise'],
    ['a local task', local, 'a call of the task local#localDouble'],
  ])('refuses %s, and says what it expected', async (_, mapper, got) => {
    await using executor = new BoundaryExecutor();
    const error = await unchecked([1, 2], mapper, { executor }).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(NotPortableError);
    expect(error).toMatchObject({ message: expect.stringContaining(got) as string });
    expect(error).toMatchObject({ message: expect.stringContaining('Expected the mapper to return a call of a portable task') as string });
  });

  test('refuses a reducer that is no portable task', async () => {
    await using executor = new BoundaryExecutor();
    const plus = (a: number, b: number) => a + b;
    const error = await reduce([1, 2, 3], plus as never, 0, { executor }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'NotPortableError', message: expect.stringContaining('got the function plus') as string });
  });

  test('names the argument that cannot be copied, and the item', async () => {
    await using executor = new BoundaryExecutor();
    const mapper = (n: number) => afterTurns(n === 25 ? { db: { onConnect: () => {} } } : n, 0);
    const error = await map(range(40), mapper, { executor }).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ path: 'args[0].db.onConnect', index: 25, message: 'The args cannot be copied: args[0].db.onConnect is a function' });
  });

  test('names the place in the result that cannot be copied, and the item', async () => {
    await using executor = new BoundaryExecutor();
    const error = await map(range(40), (n) => (n === 25 ? makeFunction() : double(n)), { executor }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'SerializationError', path: 'result.inner', index: 25 });
  });
});

test('forEach does not send results back', async () => {
  await using executor = spy();
  const results: unknown[] = [];
  const submit = executor.submit.bind(executor);
  executor.submit = (call, options) => {
    const handle = submit(call, options);
    void handle.result.then((result) => results.push((result as { values: unknown }).values));
    return handle;
  };
  await forEach(range(50), (n) => noted(n, 0), { executor });
  expect(journal.ended).toHaveLength(50);
  expect(results.flat()).toEqual([]);
});
