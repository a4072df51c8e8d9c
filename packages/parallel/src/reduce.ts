import type { Executor, Operation, Task } from '@heddle/core';
import { CallPlan } from './call-plan.ts';
import { FoldPlan } from './fold-plan.ts';
import { runInPlace } from './in-place.ts';
import { runOnExecutor } from './on-executor.ts';
import { checkOptions, expectFunction, type CheckedOptions, type Items, type ParallelOptions } from './options.ts';
import { pairUp, parentOf, type Pair, type TreeNode } from './reduction-tree.ts';
import type { Combine } from './shipments/fold-chunk.ts';
import { openSource } from './source/source.ts';

/**
 * Combines items to one value.
 *
 * Without `executor` in place, one after another from left to right, as `Array.prototype.reduce`. With one the items are
 * combined with one another in parallel, in a fixed tree: the result is the same whatever the executor, the number of its
 * threads and their timing. It also is what the fold in place gives, if the reducer is associative: `(a + b) + c` as good as
 * `a + (b + c)`. Sums of floating-point numbers are so only nearly; the two may differ in their last digits.
 *
 * @param items read lazily, and closed when the run stops early
 * @param reducer combines two values; on an executor that leaves the thread, a portable task
 * @param initial stands before the first item, and is the result where there are none
 * @returns settles when everything that was started has ended
 * @throws as `map`; `index` names the right one of the items that were combined, where they were single items
 * @example
 * ```ts
 * const letters = await reduce(words, (sum, word) => sum + word.length, 0);
 * const product = await reduce(matrices, multiply, identity, { executor: pool });
 * ```
 */
export function reduce<R>(
  items: Items<R>,
  reducer: Task<[R, R], R, true>,
  initial: R,
  options?: ParallelOptions & { readonly executor?: Executor<true> | undefined },
): Promise<R>;
export function reduce<R>(
  items: Items<R>,
  reducer: (left: R, right: R) => R | PromiseLike<R> | Operation<R>,
  initial: R,
  options: ParallelOptions & { readonly executor: Executor },
): Promise<R>;
export function reduce<T, A>(
  items: Items<T>,
  reducer: (accumulated: A, item: T, index: number) => A | PromiseLike<A> | Operation<A>,
  initial: A,
  options?: ParallelOptions & { readonly executor?: undefined },
): Promise<A>;
export async function reduce(
  items: Items<unknown>,
  reducer: (left: unknown, right: unknown, index: number) => unknown,
  initial: unknown,
  options?: ParallelOptions & { readonly executor?: Executor<true> | undefined },
): Promise<unknown> {
  const checked = checkOptions(options);
  expectFunction('reducer', reducer);
  const { executor } = checked;
  if (executor === undefined) return await foldInPlace(items, reducer, initial, checked);
  return await foldOnExecutor(items, reducer as Combine, initial, executor, checked);
}

async function foldInPlace(
  items: Items<unknown>,
  reducer: (accumulated: unknown, item: unknown, index: number) => unknown,
  initial: unknown,
  options: CheckedOptions,
): Promise<unknown> {
  let accumulated = initial;
  const mapper = (item: unknown, index: number): unknown => reducer(accumulated, item, index);
  const deliver = (_: number, value: unknown): void => {
    accumulated = value;
  };
  // Each step needs the one before it.
  await runInPlace(openSource(items), { mapper, deliver }, { ...options, concurrency: 1 });
  return accumulated;
}

async function foldOnExecutor(
  items: Items<unknown>,
  combine: Combine,
  initial: unknown,
  executor: Executor,
  options: CheckedOptions,
): Promise<unknown> {
  const plan = new FoldPlan(combine);
  await runOnExecutor(openSource(items), plan, executor, options);
  // Progress is told in items, and all of them are done; the rounds that follow are quiet.
  const quiet = { ...options, onProgress: undefined };
  let nodes = plan.nodes();
  while (nodes.length > 1) nodes = await combineRound(pairUp(nodes), combine, executor, quiet);
  const [root] = nodes;
  if (root === undefined) return initial;
  const [whole] = await combineRound([[{ ...root, value: initial }, root]], combine, executor, quiet);
  return whole?.value;
}

/** Replaces each pair by its parent. */
async function combineRound(round: readonly (Pair | TreeNode)[], combine: Combine, executor: Executor, options: CheckedOptions): Promise<TreeNode[]> {
  const pairs = round.filter(isPair);
  const values: unknown[] = [];
  const callPlan = new CallPlan<Pair>({
    mapper: ([left, right]) => combine(left.value, right.value),
    deliver: (index, value) => {
      values[index] = value;
    },
    namesIndex: false,
  });
  await runOnExecutor(openSource(pairs), callPlan, executor, options);
  let next = 0;
  return round.map((part) => (isPair(part) ? parentOf(part[0], values[next++]) : part));
}

function isPair(part: Pair | TreeNode): part is Pair {
  return Array.isArray(part);
}
