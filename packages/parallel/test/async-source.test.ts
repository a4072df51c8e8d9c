import { setImmediate as turn } from 'node:timers/promises';
import { forEach, map } from '@heddle/parallel';
import { afterEach, expect, test, vi } from 'vitest';
import { describeOn, executors } from './fixtures/executors.ts';
import { eventually } from './fixtures/eventually.ts';
import { SpyExecutor } from './fixtures/spy-executor.ts';
import { double, gated, journal } from './fixtures/tasks.ts';
import { range, watchedAsyncIterable } from './fixtures/watched-source.ts';

afterEach(() => {
  journal.clear();
  vi.useRealTimers();
});

describeOn(executors, (suite) => {
  test('an input that waits for the results of its own items is not kept waiting for a full chunk', async () => {
    const { executor } = suite;
    let arrived = (): void => {};
    let completed = 0;
    async function* feedback() {
      // Fast at first, so that chunks grow; then each item needs the one before it.
      for (let n = 0; n < 200; n++) yield n;
      for (let n = 200; n < 210; n++) {
        while (completed < n) await new Promise<void>((resolve) => (arrived = resolve));
        yield n;
      }
    }
    const onProgress = (now: { completed: number }) => {
      completed = now.completed;
      arrived();
    };
    expect(await map(feedback(), double, { executor, onProgress })).toEqual(range(210).map((n) => n * 2));
  });

  test('items of a fast input travel in chunks', async () => {
    const executor = new SpyExecutor(suite.executor);
    const { items } = watchedAsyncIterable(3000);
    expect(await map(items, double, { executor })).toHaveLength(3000);
    expect(executor.submissions.length).toBeLessThan(1000);
  });
});

test('aborting does not wait for more than the grace period for an input that hangs', async () => {
  let hasBegun = false;
  let isReturned = false;
  const items = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        hasBegun = true;
        return new Promise<IteratorResult<number>>(() => {});
      },
      return: () => {
        isReturned = true;
        return new Promise<IteratorResult<number>>(() => {});
      },
    }),
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const controller = new AbortController();
  const pending = forEach(items, (n) => n, { signal: controller.signal }).catch((error: unknown) => error);
  await turn();
  expect(hasBegun).toBe(true);
  controller.abort('enough');
  await turn();
  expect(isReturned).toBe(true);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await pending).toMatchObject({ name: 'AbortError', cause: 'enough' });
  expect(vi.getTimerCount()).toBe(0);
});

test('aborting ends a read that an async generator waits in by the same signal', async () => {
  const controller = new AbortController();
  let hasCleanedUp = false;
  async function* generate() {
    try {
      yield 0;
      await new Promise((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(new Error('gone')), { once: true });
      });
    } finally {
      await turn();
      hasCleanedUp = true;
    }
  }
  const pending = map(generate(), (n) => n, { signal: controller.signal }).catch((error: unknown) => error);
  await turn();
  controller.abort();
  expect(await pending).toMatchObject({ name: 'AbortError' });
  expect(hasCleanedUp).toBe(true);
});

test('an async input is read no further than the items under way need', async () => {
  const executor = executors[0]!.make();
  const { items, state } = watchedAsyncIterable(100);
  const pending = map(items, gated, { executor, concurrency: 3 });
  await eventually(() => journal.gates.length === 3);
  await turn();
  expect(state.read).toBe(3);
  for (let n = 0; n < 100; n++) {
    await eventually(() => journal.gates[n] !== undefined);
    journal.gates[n]?.();
  }
  expect(await pending).toEqual(range(100));
  await executor.close();
});
