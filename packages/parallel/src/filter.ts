import type { Call, Executor, Operation } from '@heddle/core';
import { map } from './map.ts';
import { expectFunction, type Items, type ParallelOptions } from './options.ts';

/**
 * Gives the items for which `predicate` comes to something truthy, in their order. As `map` otherwise.
 *
 * @param items read lazily, and closed when the run stops early
 * @param predicate called once for each item, with its index, on the calling thread; returns the verdict or what to await for it, or with an executor a call
 * @throws as `map`
 * @example
 * ```ts
 * const primes = await filter(candidates, (n) => isPrime(n), { executor: pool });
 * ```
 */
export function filter<T>(
  items: Items<T>,
  predicate: (item: T, index: number) => Call<unknown, true>,
  options?: ParallelOptions & { readonly executor?: Executor<true> | undefined },
): Promise<T[]>;
export function filter<T>(
  items: Items<T>,
  predicate: (item: T, index: number) => boolean | PromiseLike<boolean> | Operation<boolean>,
  options?: ParallelOptions & { readonly executor?: Executor | undefined },
): Promise<T[]>;
export async function filter<T>(
  items: Items<T>,
  predicate: (item: T, index: number) => unknown,
  options?: ParallelOptions & { readonly executor?: Executor<true> | undefined },
): Promise<T[]> {
  expectFunction('predicate', predicate);
  const all: T[] = [];
  const noted = (item: T, index: number): Call<unknown, true> => {
    all[index] = item;
    // The overloads above have seen to it that the executor takes what the predicate returns.
    return predicate(item, index) as Call<unknown, true>;
  };
  const verdicts = await map(items, noted, { ...options, ordered: true });
  return all.filter((_, index) => verdicts[index]);
}
