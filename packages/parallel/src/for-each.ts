import type { Call, Executor } from '@heddle/core';
import { CallPlan } from './call-plan.ts';
import { runInPlace } from './in-place.ts';
import { runOnExecutor } from './on-executor.ts';
import { checkOptions, expectFunction, type Items, type ParallelOptions } from './options.ts';
import { openSource } from './source/source.ts';

/**
 * Does something for each item, side by side. As `map`, but what the items come to is not kept, and does not travel.
 *
 * @param items read lazily, and closed when the run stops early
 * @param action called once for each item, with its index, on the calling thread; returns what to await, or with an executor a call
 * @returns settles when everything that was started has ended
 * @throws as `map`
 * @example
 * ```ts
 * await forEach(readRows(file), (row) => store(row), { concurrency: 4 });
 * await forEach(paths, (path) => renderPage(path), { executor: pool, onProgress: ({ completed }) => bar.update(completed) });
 * ```
 */
export function forEach<T>(
  items: Items<T>,
  action: (item: T, index: number) => Call<unknown, true>,
  options?: ParallelOptions & { readonly executor?: Executor<true> | undefined },
): Promise<void>;
export function forEach<T>(
  items: Items<T>,
  action: (item: T, index: number) => unknown,
  options?: ParallelOptions & { readonly executor?: Executor | undefined },
): Promise<void>;
export async function forEach<T>(
  items: Items<T>,
  action: (item: T, index: number) => unknown,
  options?: ParallelOptions & { readonly executor?: Executor<true> | undefined },
): Promise<void> {
  const checked = checkOptions(options);
  expectFunction('action', action);
  const { executor } = checked;
  const plan = { mapper: action, deliver: () => {}, keepsValues: false };
  if (executor === undefined) await runInPlace(openSource(items), plan, checked);
  else await runOnExecutor(openSource(items), new CallPlan(plan), executor, checked);
}
