/** Running items in place: the mapper does the work on the calling thread, and what it returns is awaited. */

import { InlineExecutor, isCall, type Call } from '@heddle/core';
import { awaited, isOperation, isThenable } from './awaitable.ts';
import { withIndex } from './item-error.ts';
import type { CheckedOptions } from './options.ts';
import { Run, type Running } from './run.ts';
import type { Source } from './source/source.ts';

/** What to do with each item, and with what that comes to. */
export interface ItemPlan<T> {
  readonly mapper: (item: T, index: number) => unknown;
  readonly deliver: (index: number, value: unknown) => void;
}

/** Runs `plan` for all items of `source`, side by side up to the concurrency. */
export async function runInPlace<T>(source: Source<T>, plan: ItemPlan<T>, options: CheckedOptions): Promise<void> {
  const run = new Run(source, options, () => options.concurrency);
  const executor = new InlineExecutor();
  const start = (item: T, index: number): void => {
    const toError = (error: unknown): unknown => withIndex(error, index);
    let made: unknown;
    try {
      made = plan.mapper(item, index);
    } catch (error) {
      throw toError(error);
    }
    const running = begin(executor, made);
    if (running === null) {
      plan.deliver(index, made);
      run.completed(1);
      return;
    }
    const onValue = (value: unknown): void => {
      plan.deliver(index, value);
      run.completed(1);
      run.report();
    };
    run.watch(running, onValue, toError);
  };
  await run.conduct(options.signal, () => feed(run, source, start));
}

async function feed<T>(run: Run, source: Source<T>, start: (item: T, index: number) => void): Promise<void> {
  for (let index = 0; ; index++) {
    // Both awaits only where there is something to wait for: a plain mapper over a million items should not cost a million promises.
    if (run.mustWait && !(await run.room())) return;
    const taken = source.take(1);
    const items = isThenable(taken) ? await taken : taken;
    if (run.isStopped || items.length === 0) return;
    start(items[0] as T, index);
  }
}

/** Begins to await what a mapper returned. Returns `null` for a value that is there already. */
function begin(executor: InlineExecutor, made: unknown): Running<unknown> | null {
  if (isOperation(made)) return executor.submit(isCall(made) ? made : (awaited(made) as Call<unknown>));
  // A promise cannot be cancelled: it is waited for.
  return isThenable(made) ? { result: Promise.resolve(made), cancel: () => {} } : null;
}
