import type { Awaitable, Call, Executor } from '@heddle/core';
import { CallPlan } from './call-plan.ts';
import { runInPlace } from './in-place.ts';
import { runOnExecutor } from './on-executor.ts';
import { checkOptions, expectFunction, type Items, type MapOptions } from './options.ts';
import { openSource } from './source/source.ts';

/**
 * Maps items side by side and gives the results as an array.
 *
 * Without `executor` the mapper does the work in place: it may return a value, a promise, a call or another operation. With one
 * it returns a call for each item, and the calls travel in chunks of a few milliseconds; executors that leave the thread take
 * calls of portable tasks only.
 *
 * @param items read lazily, and closed when the run stops early
 * @param mapper called once for each item, with its index, on the calling thread
 * @returns settles when everything that was started has ended
 * @throws the first failure as it is, after the rest was cancelled and has ended: with the `index` of its item where the error
 * can carry that, and further failures in its `suppressed`
 * @throws {CancelledError} when `signal` aborts
 * @throws {NotPortableError} when the executor leaves the thread and the mapper returns something that cannot
 * @throws {TypeError} {RangeError} when an argument or an option is wrong
 * @example
 * ```ts
 * const pages = await map(urls, (url) => fetch(url, { signal }), { concurrency: 8, signal });
 * const numbers = await map([30, 31, 32], (n) => fib(n), { executor: pool });
 * ```
 */
export function map<T, R>(
  items: Items<T>,
  mapper: (item: T, index: number) => Call<R, true>,
  options?: MapOptions & { readonly executor?: Executor<true> | undefined },
): Promise<R[]>;
export function map<T, X>(
  items: Items<T>,
  mapper: (item: T, index: number) => X,
  options?: MapOptions & { readonly executor?: Executor | undefined },
): Promise<Awaitable<X>[]>;
export async function map<T>(
  items: Items<T>,
  mapper: (item: T, index: number) => unknown,
  options?: MapOptions & { readonly executor?: Executor<true> | undefined },
): Promise<unknown[]> {
  const results: unknown[] = [];
  const checked = checkOptions(options);
  expectFunction('mapper', mapper);
  const deliver = (index: number, value: unknown): void => {
    if (checked.ordered) place(results, index, value);
    else results.push(value);
  };
  const { executor } = checked;
  if (executor === undefined) await runInPlace(openSource(items), { mapper, deliver }, checked);
  else await runOnExecutor(openSource(items), new CallPlan({ mapper, deliver }), executor, checked);
  return results;
}

function place(results: unknown[], index: number, value: unknown): void {
  // Later items may end first. Filled up, because an array with a gap of a thousand elements turns into a hash table.
  while (results.length < index) results.push(undefined);
  results[index] = value;
}
