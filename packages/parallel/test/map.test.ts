import { setImmediate as turn } from 'node:timers/promises';
import { filter, forEach, map, type Progress } from '@heddle/parallel';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeOn, executors, localExecutors, executorsHere } from './fixtures/executors.ts';
import { SpyExecutor } from './fixtures/spy-executor.ts';
import { add, afterTurns, countArguments, describeError, double, journal, noted } from './fixtures/tasks.ts';
import { range, watchedAsyncIterable, watchedIterable } from './fixtures/watched-source.ts';

beforeEach(() => journal.clear());

describeOn(executors, (suite) => {
  test('map equals Array.prototype.map, whatever the items, their cost and the concurrency', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ value: fc.anything({ maxDepth: 1 }), turns: fc.nat(3) }), { maxLength: 60 }),
        fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        async (items, concurrency) => {
          const { executor } = suite;
          const results = await map(items, ({ value, turns }) => afterTurns(value, turns), { executor, concurrency });
          expect(results).toEqual(items.map(({ value }) => value));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('the mapper gets each item once, in order, with its index', async () => {
    const { executor } = suite;
    const seen: [string, number][] = [];
    const mapper = (item: string, index: number) => {
      seen.push([item, index]);
      return describeError(new Error(item));
    };
    expect(await map(['a', 'b', 'c'], mapper, { executor })).toEqual(['Error: a', 'Error: b', 'Error: c']);
    expect(seen).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  test('a task can be the mapper itself', async () => {
    const { executor } = suite;
    expect(await map([1, 2, 3], double, { executor })).toEqual([2, 4, 6]);
  });

  test('calls of several tasks with different numbers of arguments may be mixed', async () => {
    const { executor } = suite;
    const mapper = (n: number) => (n % 3 === 0 ? countArguments(...range(n)) : n % 3 === 1 ? double(n) : add(n, 1000));
    const expected = range(50).map((n) => (n % 3 === 0 ? n : n % 3 === 1 ? n * 2 : n + 1000));
    expect(await map(range(50), mapper, { executor })).toEqual(expected);
  });

  test('numbers keep their exact value, and arrays of numbers stay what they are', async () => {
    const { executor } = suite;
    const numbers = [0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, 0.1, 1e-320, 5, 6];
    expect(await map(numbers, (n) => afterTurns(n, 0), { executor })).toEqual(numbers);
    expect(await map([numbers, []], (list) => afterTurns(list, 0), { executor })).toEqual([numbers, []]);
  });

  test('no items give no results, and no progress', async () => {
    const { executor } = suite;
    const progress: Progress[] = [];
    expect(await map([], double, { executor, onProgress: (now) => progress.push(now) })).toEqual([]);
    expect(progress).toEqual([]);
  });

  test('items may come from generators, sets, maps, strings, typed arrays and async generators', async () => {
    const { executor } = suite;
    const options = { executor };
    async function* generate() {
      yield 1;
      await turn();
      yield 2;
    }
    expect(await map(generate(), double, options)).toEqual([2, 4]);
    expect(await map(new Set([3, 4]), double, options)).toEqual([6, 8]);
    expect(await map(new Map([[5, 'a']]), ([n]) => double(n), options)).toEqual([10]);
    expect(await map('67', (digit) => double(Number(digit)), options)).toEqual([12, 14]);
    expect(await map(Uint8Array.of(8, 9), double, options)).toEqual([16, 18]);
  });

  test('with `ordered: false` the results come in the order in which they were ready', async () => {
    const { executor } = suite;
    const results = await map([9, 0], (turns) => afterTurns(turns, turns), { executor, ordered: false, concurrency: 2 });
    expect(results).toEqual([0, 9]);
  });

  test('progress is told at most once a chunk, never falls, and ends with all items', async () => {
    const executor = new SpyExecutor(suite.executor);
    const progress: Progress[] = [];
    await map(range(2000), double, { executor, onProgress: (now) => progress.push(now) });
    expect(progress.length).toBeLessThanOrEqual(executor.submissions.length);
    expect(progress.map(({ total }) => total)).toEqual(progress.map(() => 2000));
    const completed = progress.map((now) => now.completed);
    expect(completed).toEqual(completed.toSorted((a, b) => a - b));
    expect(completed.at(-1)).toBe(2000);
  });

  test('progress has no total for inputs that do not tell their length', async () => {
    const { executor } = suite;
    const progress: Progress[] = [];
    await map(watchedAsyncIterable(3).items, double, { executor, onProgress: (now) => progress.push(now) });
    expect(progress.at(-1)).toEqual({ completed: 3, total: undefined });
  });

  test('forEach runs every item and gives nothing', async () => {
    const { executor } = suite;
    let mapped = 0;
    const action = (n: number) => {
      mapped++;
      return double(n);
    };
    expect(await forEach(range(100), action, { executor })).toBeUndefined();
    expect(mapped).toBe(100);
  });

  test('filter keeps the items with a truthy verdict, in their order', async () => {
    const { executor } = suite;
    const verdicts = [3, 0, 2, 1, 0, 4];
    const kept = await filter(verdicts, (turns) => afterTurns(turns, turns), { executor, concurrency: 3 });
    expect(kept).toEqual([3, 2, 1, 4]);
  });

  test('two runs at the same time do not get in each other’s way', async () => {
    const { executor } = suite;
    const runs = await Promise.all([map(range(200), double, { executor }), map(range(300), (n) => add(n, 1), { executor })]);
    expect(runs).toEqual([range(200).map((n) => n * 2), range(300).map((n) => n + 1)]);
  });
});

describeOn(executorsHere, (suite) => {
  test('every item is run exactly once, and never more of them at once than the concurrency allows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), async (turns, concurrency) => {
        journal.clear();
        const { executor } = suite;
        await forEach(turns, (count, index) => noted(index, count), { executor, concurrency });
        expect(journal.started.toSorted((a, b) => Number(a) - Number(b))).toEqual(turns.map((_, index) => index));
        expect(journal.ended).toHaveLength(turns.length);
        expect(journal.mostUnderWay).toBeLessThanOrEqual(concurrency);
      }),
      { numRuns: 50 },
    );
  });

  test('with a concurrency of 1 the items run one after another, in their order', async () => {
    const { executor } = suite;
    await forEach(range(40), (n) => noted(n, n % 3), { executor, concurrency: 1 });
    expect(journal.started).toEqual(range(40));
    expect(journal.ended).toEqual(range(40));
  });
});

describe.each([{ name: 'map in place', run: map }, ...localExecutors.map(({ name, make }) => ({ name: `map on ${name}`, run: onLocal(make) }))])(
  '$name',
  ({ run }) => {
    test('the mapper may return values, promises, calls, operations and coroutines', async () => {
      const mapper = (n: number): unknown => {
        switch (n) {
          case 0:
            return { plain: n };
          case 1:
            return Promise.resolve(n);
          case 2:
            return afterTurns(n, 2);
          case 3:
            return (function* () {
              return yield* double(n);
            })();
          default:
            return [n];
        }
      };
      expect(await run(range(5), mapper)).toEqual([{ plain: 0 }, 1, 2, 6, [4]]);
    });

    test('an async mapper is under way no more often than the concurrency allows', async () => {
      let underWay = 0;
      let most = 0;
      const mapper = async (n: number) => {
        most = Math.max(most, ++underWay);
        await turn();
        underWay--;
        return n;
      };
      expect(await run(range(20), mapper, { concurrency: 3 })).toEqual(range(20));
      expect(most).toBe(3);
    });
  },
);

/** `map` with a fresh executor for each run. */
function onLocal(make: (typeof localExecutors)[number]['make']): typeof map {
  const run = async (items: Iterable<number>, mapper: (item: number, index: number) => unknown, options: object = {}) => {
    await using executor = make();
    return await map(items, mapper, { ...options, executor });
  };
  return run as unknown as typeof map;
}

describe('in place', () => {
  test('map equals Array.prototype.map for plain mappers, and begins to call them at once', async () => {
    const seen: number[] = [];
    const pending = map(range(100), (n, index) => seen.push(n) + index);
    // All of them, unless the machine is so slow that the event loop must have its turn in between.
    expect(seen.length).toBeGreaterThan(0);
    expect(await pending).toEqual(range(100).map((n) => 2 * n + 1));
    expect(seen).toEqual(range(100));
  });

  test('all items are under way at once unless a concurrency is given', async () => {
    const gates: (() => void)[] = [];
    const pending = map(range(50), () => new Promise<void>((resolve) => gates.push(resolve)));
    await turn();
    expect(gates).toHaveLength(50);
    for (const open of gates) open();
    await pending;
  });

  test('no further item is read than the concurrency needs', async () => {
    const { items, state } = watchedIterable(100);
    const gates: (() => void)[] = [];
    const pending = map(items, () => new Promise<void>((resolve) => gates.push(resolve)), { concurrency: 4 });
    await turn();
    expect(state.read).toBe(4);
    gates[0]?.();
    await turn();
    expect(state.read).toBe(5);
    for (let n = 1; n < 100; n++) {
      gates[n]?.();
      await turn();
    }
    expect(await pending).toHaveLength(100);
  });

  test('progress of a plain mapper is told at the end, not item by item', async () => {
    const progress: Progress[] = [];
    await map(range(100), (n) => n, { onProgress: (now) => progress.push(now) });
    expect(progress.at(-1)).toEqual({ completed: 100, total: 100 });
    expect(progress.length).toBeLessThan(100);
  });

  test('filter takes plain and async predicates', async () => {
    expect(await filter(range(6), (n) => n % 2 === 0)).toEqual([0, 2, 4]);
    expect(await filter(range(6), async (n) => n > 3)).toEqual([4, 5]);
  });
});
