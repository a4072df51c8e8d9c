/** When a thread has served long enough: the option `recycle`. */

import { expectNumber } from '@heddle/core/engine';

/** When a thread is replaced by a new one, after it has finished what it holds. Whichever comes first. */
export interface RecycleOptions {
  /** After so many calls that were sent to it, an integer of at least 1. Calls that its tasks spawn do not count. @default Infinity */
  readonly tasks?: number | undefined;
  /**
   * When its heap in use is larger than this as it becomes idle, in megabytes (2^20 bytes), above 0. What was not collected yet
   * counts, so choose more than tasks need at the same time. @default Infinity
   */
  readonly heapMb?: number | undefined;
}

export type Recycling = { readonly [Key in keyof RecycleOptions]-?: number };

/** Checks the option and fills in the defaults. @throws {RangeError | TypeError} when a number is none, or out of its range */
export function readRecycling({ tasks = Infinity, heapMb = Infinity }: RecycleOptions): Recycling {
  return {
    tasks: expectNumber('recycle.tasks', tasks, { min: 1, integer: true, infinite: true }),
    heapMb: expectNumber('recycle.heapMb', heapMb, { above: 0, infinite: true }),
  };
}
