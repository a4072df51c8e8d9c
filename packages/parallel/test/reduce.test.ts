import { setImmediate as turn } from 'node:timers/promises';
import { reduce, type Progress } from '@heddle/parallel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeOn, executors, localExecutors } from './fixtures/executors.ts';
import { SpyExecutor } from './fixtures/spy-executor.ts';
import { add, bracket, join, refuseOdd } from './fixtures/tasks.ts';
import { spend, stopTime } from './fixtures/virtual-time.ts';
import { range, watchedAsyncIterable } from './fixtures/watched-source.ts';

describeOn(executors, (suite) => {
  test('an associative reducer gives what the fold in place gives, whatever the items and the concurrency', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 70 }), fc.string(), fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), async (words, initial, concurrency) => {
        const { executor } = suite;
        expect(await reduce(words, join, initial, { executor, concurrency })).toBe(words.reduce((left, right) => left + right, initial));
      }),
      { numRuns: 50 },
    );
  });

  test('sums a hundred thousand numbers in far fewer messages', async () => {
    const executor = new SpyExecutor(suite.executor);
    expect(await reduce(range(100_000), add, 5, { executor })).toBe(4_999_950_005);
    expect(executor.submissions.length).toBeLessThan(5_000);
  });

  test('no items give the initial value', async () => {
    const { executor } = suite;
    expect(await reduce([], join, 'initial', { executor })).toBe('initial');
  });

  test('items may come from an async iterable', async () => {
    const { executor } = suite;
    expect(await reduce(watchedAsyncIterable(1000).items, add, 0, { executor })).toBe(499_500);
  });

  test('progress is told in items', async () => {
    const { executor } = suite;
    const progress: Progress[] = [];
    await reduce(range(500), add, 0, { executor, onProgress: (now) => progress.push(now) });
    expect(progress.at(-1)).toEqual({ completed: 500, total: 500 });
  });

  test('a failing reducer rejects with its error', async () => {
    const { executor } = suite;
    await expect(reduce([1, 3], refuseOdd, 0, { executor })).rejects.toMatchObject({ name: 'OddError' });
  });
});

test('the shape of the tree depends on the items only, not on timing, executor or concurrency', async () => {
  stopTime();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(0, 0.01, 1, 20), { minLength: 1, maxLength: 100 }), fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }), async (costs, concurrency) => {
      const letters = costs.map((_, n) => String.fromCharCode(97 + (n % 26)));
      for (const { make } of localExecutors) {
        await using executor = make();
        // Takes different times in different places, so that chunks come out differently.
        const slow = function* (left: string, right: string) {
          yield* spend(costs[(left.length + right.length) % costs.length] ?? 0);
          return yield* bracket(left, right);
        };
        const shape = await reduce(letters, slow, '', { executor, concurrency });
        expect(shape).toBe(`(${completeTree(letters)})`);
      }
    }),
    { numRuns: 100 },
  );
});

/** The complete binary tree over the items, of which the missing right part is left out. */
function completeTree(letters: readonly string[]): string {
  if (letters.length === 1) return letters[0] ?? '';
  const left = 2 ** Math.floor(Math.log2(letters.length - 1));
  return `(${completeTree(letters.slice(0, left))}${completeTree(letters.slice(left))})`;
}

describeOn(localExecutors, (suite) => {
  test('the reducer may be a plain or an async function', async () => {
    const { executor } = suite;
    expect(await reduce(range(100), (a, b) => a + b, 0, { executor })).toBe(4950);
    const later = async (a: number, b: number) => {
      await turn();
      return a + b;
    };
    expect(await reduce(range(20), later, 0, { executor })).toBe(190);
  });
});

describe('in place', () => {
  test('folds from left to right, one after another, with the index', async () => {
    const letters = await reduce(['a', 'bb', 'ccc'], (sum, word, index) => sum + word.length * 10 ** index, 0);
    expect(letters).toBe(321);
    const trace: string[] = [];
    const slow = async (left: string, right: string) => {
      trace.push(`begin ${right}`);
      await turn();
      trace.push(`end ${right}`);
      return `(${left}${right})`;
    };
    expect(await reduce('abc', slow, '')).toBe('(((a)b)c)');
    expect(trace).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
  });

  test('takes tasks and async inputs', async () => {
    expect(await reduce(watchedAsyncIterable(10).items, add, 0)).toBe(45);
  });

  test('a failing reducer rejects with its error and the index of the item', async () => {
    const reducer = (_: number, n: number) => refuseOdd(n);
    await expect(reduce([0, 2, 5, 4], reducer, 0)).rejects.toMatchObject({ name: 'OddError', index: 2 });
  });
});
