/**
 * The article's "Parallelism without Concurrency": the sum of 8 arrays on 8 threads, "up to an 8x performance boost", and what
 * Amdahl's law leaves of it. The tasks are ordinary ones, and portable: the same call runs on real threads too.
 */

import { all, task } from '@heddle/core';
import { expectNumber } from '@heddle/core/engine';
import { simulate, type Schedule } from '../schedule.ts';
import { work } from '../work.ts';
import { amdahlBound } from './amdahl.ts';

/** Sums one array. An addition costs an instruction. */
export const sumArray = task(import.meta, 'sumArray', function* (array: readonly number[]) {
  let sum = 0;
  for (const number of array) sum += number;
  yield* work(array.length);
  return sum;
});

/**
 * Sums each array in a task of its own, and the sums, after `setupTicks` instructions that only this task can do.
 *
 * It joins all of them at once, not one by one as the article does: a join that runs while other arrays are still being summed
 * would be neither serial nor parallel in the sense of Amdahl's law.
 */
export const sumArrays = task(import.meta, 'sumArrays', function* (arrays: readonly (readonly number[])[], setupTicks: number) {
  yield* work(setupTicks);
  const sums = yield* all(arrays.map((array) => sumArray(array)));
  return sums.reduce((total, sum) => total + sum, 0);
});

export interface SumStudyOptions {
  /** What to sum. @default 8 arrays of 1,000 numbers each */
  readonly arrays?: readonly (readonly number[])[] | undefined;
  /** How many virtual threads, 1 or more. @default 8 */
  readonly threads?: number | undefined;
  /** Instructions that nothing else can run beside, an integer of at least 0. @default 0 */
  readonly setupTicks?: number | undefined;
}

/** What a sum on many threads gained over the same sum on one. */
export interface SumStudy {
  readonly sum: number;
  readonly threads: number;
  readonly oneThread: Schedule<number>;
  readonly manyThreads: Schedule<number>;
  /** The part of all instructions that only the summing task itself can run. */
  readonly serialFraction: number;
  /** Virtual time on one thread divided by virtual time on `threads`. */
  readonly speedUp: number;
  /** Amdahl's bound for `threads`. */
  readonly bound: number;
  /** Amdahl's bound for any number of threads. */
  readonly limit: number;
}

/** The article's number of arrays. */
const DEFAULT_ARRAYS = 8;
/** Long enough that starting and joining the tasks weigh little. */
const DEFAULT_LENGTH = 1_000;

/**
 * Runs {@link sumArrays} on one virtual thread and on many, and compares the gain with Amdahl's bound.
 *
 * @throws {RangeError} when an option is out of range
 */
export async function sumStudy(options: SumStudyOptions = {}): Promise<SumStudy> {
  const { arrays = defaultArrays(), threads = DEFAULT_ARRAYS } = options;
  const setupTicks = expectNumber('setupTicks', options.setupTicks ?? 0, { min: 0, integer: true });
  const oneThread = await simulate(sumArrays(arrays, setupTicks), { threads: 1 });
  const manyThreads = await simulate(sumArrays(arrays, setupTicks), { threads });
  const serialFraction = instructionsOf('sumArrays', oneThread) / oneThread.totals.instructions;
  return {
    sum: valueOf(manyThreads),
    threads,
    oneThread,
    manyThreads,
    serialFraction,
    speedUp: oneThread.totals.ticks / manyThreads.totals.ticks,
    bound: amdahlBound(serialFraction, threads),
    limit: amdahlBound(serialFraction, Infinity),
  };
}

function defaultArrays(): readonly (readonly number[])[] {
  return Array.from({ length: DEFAULT_ARRAYS }, (_, array) => Array.from({ length: DEFAULT_LENGTH }, (_, index) => array * DEFAULT_LENGTH + index));
}

function instructionsOf(task: string, { rows }: Schedule): number {
  return rows.filter((row) => row.task === task).reduce((total, { workTicks }) => total + 1 + workTicks, 0);
}

function valueOf({ outcome }: Schedule<number>): number {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
