import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError, ExecutorClosedError, InlineExecutor } from '@heddle/core';
import { filter, forEach, map, reduce } from '@heddle/parallel';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeOn, executors, executorsHere } from './fixtures/executors.ts';
import { eventually } from './fixtures/eventually.ts';
import { SpyExecutor } from './fixtures/spy-executor.ts';
import { add, double, gated, journal, noted, OddError, refuseOdd, throwThis } from './fixtures/tasks.ts';
import { range, watchedAsyncIterable, watchedIterable } from './fixtures/watched-source.ts';

beforeEach(() => journal.clear());

/** What `promise` is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => expect.unreachable(`expected a rejection, got ${String(value)}`),
    (error: unknown) => error,
  );
}

describeOn(executors, (suite) => {
  test('the first failure is thrown as it is, with the index of its item', async () => {
    const { executor } = suite;
    const items = range(100).map((n) => (n === 70 ? 71 : n * 2));
    const error = await failureOf(map(items, refuseOdd, { executor }));
    expect(error).toMatchObject({ name: 'OddError', message: '71 is odd', n: 71, index: 70 });
  });

  test.each([null, undefined, 'text', 0])('a task that throws %j rejects with just that', async (value) => {
    const { executor } = suite;
    expect(await failureOf(map([value], throwThis, { executor }))).toBe(value);
  });

  test('what the mapper throws is thrown, with the index of its item', async () => {
    const { executor } = suite;
    const mapper = (n: number) => {
      if (n === 5) throw new OddError(n);
      return double(n);
    };
    expect(await failureOf(map(range(10), mapper, { executor }))).toMatchObject({ n: 5, index: 5 });
  });

  test('what the input throws is thrown', async () => {
    const { executor } = suite;
    async function* generate() {
      yield 1;
      throw new OddError(1);
    }
    expect(await failureOf(map(generate(), double, { executor }))).toBeInstanceOf(OddError);
  });

  test('what `onProgress` throws is thrown', async () => {
    const { executor } = suite;
    const onProgress = () => {
      throw new OddError(3);
    };
    expect(await failureOf(map(range(10), double, { executor, onProgress }))).toBeInstanceOf(OddError);
  });

  test('a signal that has aborted already starts nothing and opens nothing', async () => {
    const executor = new SpyExecutor(suite.executor);
    const { items, state } = watchedAsyncIterable(3);
    const error = await failureOf(map(items, double, { executor, signal: AbortSignal.abort('enough') }));
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ name: 'AbortError', cause: 'enough' });
    expect(executor.submissions).toEqual([]);
    expect(state).toEqual({ read: 0, hasEnded: false, closed: 0 });
  });

  test('inputs are closed when a run stops early, and only then', async () => {
    const { executor } = suite;
    const sources = [watchedIterable, watchedAsyncIterable];
    for (const makeSource of sources) {
      const failing = makeSource(1000);
      await failureOf(forEach(failing.items, refuseOdd, { executor, concurrency: 2 }));
      expect(failing.state.closed).toBe(1);
      const complete = makeSource(20);
      await forEach(complete.items, double, { executor });
      expect(complete.state).toEqual({ read: 20, hasEnded: true, closed: 0 });
    }
  });

  test('an executor that was closed is reported as such', async () => {
    const executor = suite.make();
    await executor.close();
    expect(await failureOf(map([1], double, { executor }))).toBeInstanceOf(ExecutorClosedError);
  });

  test('an executor that closes in the middle ends the run, not the process', async () => {
    const executor = suite.make();
    let closing: Promise<void> | undefined;
    const onProgress = () => (closing ??= executor.close());
    expect(await failureOf(map(range(100_000), double, { executor, onProgress: () => void onProgress() }))).toBeInstanceOf(ExecutorClosedError);
    await closing;
  });
});

describeOn(executorsHere, (suite) => {
  test('aborting at a random point leaves nothing running, no listener, and the input closed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
        fc.nat(59),
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        async (turns, abortAt, concurrency, isAsync) => {
          journal.clear();
          const executor = new SpyExecutor(suite.executor);
          const controller = new AbortController();
          const { items, state } = (isAsync ? watchedAsyncIterable : watchedIterable)(turns.length);
          const mapper = (index: number) => {
            if (index === abortAt) controller.abort('enough');
            return noted(index, turns[index] ?? 0);
          };
          const outcome = await map(items as Iterable<number>, mapper, { executor, concurrency, signal: controller.signal }).catch((error: unknown) => error);
          if (abortAt < turns.length) expect(outcome).toMatchObject({ name: 'AbortError', cause: 'enough' });
          else expect(outcome).toEqual(range(turns.length));
          expect(executor.live).toBe(0);
          expect(journal.ended).toHaveLength(journal.started.length);
          expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
          expect(state.closed).toBe(state.hasEnded ? 0 : 1);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('aborting cancels what waits, and settles only after its clean-up', async () => {
    const executor = new SpyExecutor(suite.executor);
    const controller = new AbortController();
    const pending = failureOf(map(range(10), gated, { executor, concurrency: 4, signal: controller.signal }));
    await eventually(() => journal.started.length === 4);
    controller.abort(new OddError(1));
    expect(await pending).toMatchObject({ name: 'AbortError', cause: { name: 'OddError' } });
    expect(journal.ended).toHaveLength(4);
    expect(executor.live).toBe(0);
    expect(executor.stats()).toMatchObject({ queued: 0, running: 0, awaiting: 0 });
  });

  test('a failure cancels what waits, and nothing more is started', async () => {
    const executor = new SpyExecutor(suite.executor);
    const mapper = (n: number) => (n === 3 ? refuseOdd(n) : gated(n));
    const error = await failureOf(map(range(100), mapper, { executor, concurrency: 4 }));
    expect(error).toMatchObject({ name: 'OddError', index: 3 });
    expect(journal.started).toEqual([0, 1, 2]);
    expect(journal.ended).toHaveLength(3);
    expect(executor.live).toBe(0);
  });

  test('a failure that is frozen, or has an index of its own, is not touched', async () => {
    const frozen = Object.freeze(new Error('frozen'));
    const indexed = Object.assign(new Error('indexed'), { index: 'mine' });
    await using executor = new InlineExecutor();
    expect(await failureOf(map([0, frozen], throwThis, { executor: undefined }))).toBe(0);
    expect(await failureOf(map([frozen], throwThis, { executor }))).toBe(frozen);
    expect(frozen).not.toHaveProperty('index');
    expect(await failureOf(map([indexed], throwThis, { executor }))).toBe(indexed);
    expect(indexed.index).toBe('mine');
  });
});

describe('in place', () => {
  test('a failure waits for the mappers that still run, and closes the input', async () => {
    const { items, state } = watchedIterable(100);
    let release = (): void => {};
    let hasSettled = false;
    const mapper = async (n: number) => {
      if (n === 1) throw new OddError(n);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    const pending = failureOf(map(items, mapper, { concurrency: 2 }));
    void pending.then(() => (hasSettled = true));
    await turn();
    expect(hasSettled).toBe(false);
    release();
    expect(await pending).toMatchObject({ n: 1, index: 1 });
    expect(state).toEqual({ read: 2, hasEnded: false, closed: 1 });
  });

  test('a second failure goes along in `suppressed`', async () => {
    const error = await failureOf(
      map([1, 3], async (n) => {
        await turn();
        throw new OddError(n);
      }),
    );
    expect(error).toMatchObject({ n: 1, suppressed: [{ n: 3, index: 1 }] });
  });

  test('aborting cancels calls, waits for promises, and leaves no listener', async () => {
    const controller = new AbortController();
    let hasEnded = false;
    const mapper = (n: number) =>
      n === 0
        ? gated(n)
        : turn().then(() => {
            hasEnded = true;
          });
    const pending = failureOf(map([0, 1], mapper, { signal: controller.signal }));
    await eventually(() => journal.started.length === 1);
    controller.abort();
    expect(await pending).toBeInstanceOf(CancelledError);
    expect(hasEnded).toBe(true);
    expect(journal.ended).toEqual([0]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('a signal’s time-out stops plain mappers and chains of settled promises too', async () => {
    function* forever() {
      for (let n = 0; ; n++) yield n;
    }
    const plain = forEach(forever(), (n) => n, { signal: AbortSignal.timeout(20) });
    expect(await failureOf(plain)).toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } });
    const settled = forEach(forever(), async (n) => n, { concurrency: 2, signal: AbortSignal.timeout(20) });
    expect(await failureOf(settled)).toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } });
    const calls = forEach(forever(), double, { executor: new InlineExecutor(), signal: AbortSignal.timeout(20) });
    expect(await failureOf(calls)).toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } });
  });

  test('every function takes a signal', async () => {
    const signal = AbortSignal.abort();
    expect(await failureOf(filter([1], () => true, { signal }))).toBeInstanceOf(CancelledError);
    expect(await failureOf(forEach([1], () => true, { signal }))).toBeInstanceOf(CancelledError);
    expect(await failureOf(reduce([1], add, 0, { signal }))).toBeInstanceOf(CancelledError);
    expect(await failureOf(reduce([1], add, 0, { signal, executor: new InlineExecutor() }))).toBeInstanceOf(CancelledError);
  });
});
