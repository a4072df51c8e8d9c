/** The one place where subjects are timed, so that all of them are timed alike. */

import type { Execution } from './suite.ts';

/** What a time for a number of operations comes to in a unit. */
export type Measure = (elapsedMs: number, operations: number) => number;

export const nanosecondsEach: Measure = (elapsedMs, operations) => (elapsedMs * 1e6) / operations;
export const microsecondsEach: Measure = (elapsedMs, operations) => (elapsedMs * 1e3) / operations;
export const milliseconds: Measure = (elapsedMs) => elapsedMs;
export const perSecond: Measure = (elapsedMs, operations) => (operations * 1e3) / elapsedMs;

/** Work to be timed as a whole. */
export interface TimedWork<R> {
  /** How many operations one execution of `work` makes. @default 1 */
  readonly operations?: number;
  readonly as: Measure;
  /** Makes ready what `work` changes. Runs before every execution, off the clock. */
  readonly reset?: () => void;
  readonly work: () => R | Promise<R>;
  /** Throws when the result is wrong. Runs after every execution, off the clock. */
  readonly check: (result: R) => void;
  readonly teardown?: () => void | Promise<void>;
}

/** Makes an execution that times `work` from its start to the moment its result is there, and then checks the result. */
export function timed<R>({ operations = 1, as, reset, work, check, teardown }: TimedWork<R>): Execution {
  const run = async (): Promise<number> => {
    reset?.();
    const startMs = performance.now();
    const result = await work();
    const elapsedMs = performance.now() - startMs;
    check(result);
    return as(elapsedMs, operations);
  };
  return teardown === undefined ? { run } : { run, teardown };
}

/** Makes a `check` that throws unless the result is `expected`. */
export function equals<R>(expected: R): (result: R) => void {
  return (result) => {
    if (!Object.is(result, expected)) throw new Error(`Expected the result ${String(expected)}, got ${String(result)}`);
  };
}

/** Makes a `check` that throws unless the result is an array of `length` items, each the one that `expected` gives for its index. */
export function equalsEach<R>(length: number, expected: (index: number) => R): (results: readonly R[]) => void {
  return (results) => {
    if (results.length !== length) throw new Error(`Expected ${length} results, got ${results.length}`);
    for (let index = 0; index < length; index++) {
      const result = results[index];
      if (!Object.is(result, expected(index))) throw new Error(`Expected result ${index} to be ${String(expected(index))}, got ${String(result)}`);
    }
  };
}
