import { InlineExecutor } from '@heddle/core';
import { filter, forEach, map, reduce } from '@heddle/parallel';
import { expect, test } from 'vitest';
import { double } from './fixtures/tasks.ts';

// As from JavaScript: the compiler refuses all of these.
const unchecked = map as (...args: unknown[]) => Promise<unknown>;

test.each([
  [[undefined, double], 'Expected `items` to be an iterable or an async iterable, got undefined'],
  [[null, double], 'Expected `items` to be an iterable or an async iterable, got null'],
  [[{ length: 1 }, double], 'Expected `items` to be an iterable or an async iterable, got an object'],
  [[[1], 'double'], "Expected `mapper` to be a function, got the string 'double'"],
  [[[1], double, 5], 'Expected options to be an object, got the number 5'],
  [[[1], double, { executor: 'pool' }], "Expected `executor` to be an executor, such as new InlineExecutor(), got the string 'pool'"],
  [[[1], double, { executor: InlineExecutor }], 'Expected `executor` to be an executor, such as new InlineExecutor(), got the function InlineExecutor'],
  [[[1], double, { signal: {} }], 'Expected `signal` to be an AbortSignal, got an object'],
  [[[1], double, { concurrency: '4' }], "Expected `concurrency` to be an integer of at least 1 (or Infinity), got the string '4'"],
  [[[1], double, { concurrency: 0 }], 'Expected `concurrency` to be an integer of at least 1 (or Infinity), got 0'],
  [[[1], double, { concurrency: 1.5 }], 'Expected `concurrency` to be an integer of at least 1 (or Infinity), got 1.5'],
  [[[1], double, { ordered: 'yes' }], "Expected `ordered` to be a boolean, got the string 'yes'"],
  [[[1], double, { onProgress: true }], 'Expected `onProgress` to be a function, got the boolean true'],
])('%j is refused: %s', async (args, message) => {
  await expect(unchecked(...args)).rejects.toThrow(message);
});

test('the other functions name their own argument', async () => {
  const wrong = 1 as never;
  await expect(forEach([1], wrong)).rejects.toThrow('Expected `action` to be a function, got the number 1');
  await expect(filter([1], wrong)).rejects.toThrow('Expected `predicate` to be a function, got the number 1');
  await expect(reduce([1], wrong, 0)).rejects.toThrow('Expected `reducer` to be a function, got the number 1');
});

test('an option that is undefined counts as not given', async () => {
  const options = { executor: undefined, signal: undefined, concurrency: undefined, ordered: undefined, onProgress: undefined };
  expect(await map([1], (n) => n, options)).toEqual([1]);
});
