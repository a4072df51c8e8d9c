/** How many threads a pool has: the option `threads`, and its validation. */

import { availableParallelism } from 'node:os';
import { describe, expectNumber } from '@heddle/core/engine';

/** How many threads a pool keeps, at least and at most. */
export interface ThreadRange {
  /** Threads that are always there, an integer of at least 0. @default 0 */
  readonly min?: number | undefined;
  /** Most threads that take calls at one time, an integer of at least 1. @default the number of processors that the process may use */
  readonly max?: number | undefined;
  /**
   * How long a thread above `min` may have nothing to do before it ends, in milliseconds, above 0. It is looked at twice in that
   * time, so a thread may stay half as long again.
   *
   * @default 10000
   */
  readonly idleTimeoutMs?: number | undefined;
}

/** A range with its defaults. */
export type ThreadCount = { readonly [Key in keyof ThreadRange]-?: number };

/** The shared memory of a pool has places for so many threads, those that are about to end included. */
export const MOST_THREADS = 1_024;

/** A longer life costs memory, a shorter one a start (some 50 ms of a processor) for each burst. */
const DEFAULT_IDLE_TIMEOUT_MS = 10_000;

/** No pool is larger: leaves room for a spare or a successor beside each thread. */
export const LARGEST_POOL = MOST_THREADS / 2;

/**
 * Checks the option and fills in the defaults.
 *
 * @throws {TypeError} when it is neither a number nor a range
 * @throws {RangeError} when a number is out of its range
 */
export function readThreadRange(threads: number | ThreadRange | undefined): ThreadCount {
  const bounds = { min: 1, max: LARGEST_POOL, integer: true };
  if (typeof threads === 'object' && threads !== null) {
    const max = expectNumber('threads.max', threads.max ?? Math.max(availableParallelism(), threads.min ?? 0), bounds);
    const min = expectNumber('threads.min', threads.min ?? 0, { min: 0, max, integer: true });
    return { min, max, idleTimeoutMs: expectNumber('threads.idleTimeoutMs', threads.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS, { above: 0, infinite: true }) };
  }
  if (threads !== undefined && typeof threads !== 'number') {
    throw new TypeError(`Expected \`threads\` to be a number or a range such as { min: 1, max: 4 }, got ${describe(threads)}`);
  }
  const count = expectNumber('threads', threads ?? availableParallelism(), bounds);
  return { min: count, max: count, idleTimeoutMs: Infinity };
}
