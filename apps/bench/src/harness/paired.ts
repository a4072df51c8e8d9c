/**
 * Two pieces of work compared within one process, for differences of a few per cent: two processes that do the very same differ
 * by more, because each of them is compiled and laid out in memory anew.
 */

import { median } from './statistics.ts';

/** One of the two. */
export interface PairedWork {
  readonly work: () => unknown;
  /** Throws when the result is wrong. Off the clock. */
  readonly check: (result: unknown) => void;
}

/**
 * Lets two pieces of work take turns, A B B A, and gives the quotient of their times.
 *
 * @param groups how many such groups are measured, after a third as many that do not count
 * @returns the median of the groups' quotients: A's time divided by B's
 */
export async function quotientOfTimes(a: PairedWork, b: PairedWork, groups: number): Promise<number> {
  const quotients: number[] = [];
  for (let group = -Math.ceil(groups / 3); group < groups; group++) {
    const first = await timeOf(a);
    const between = (await timeOf(b)) + (await timeOf(b));
    const last = await timeOf(a);
    if (group >= 0) quotients.push((first + last) / between);
  }
  return median(quotients);
}

async function timeOf({ work, check }: PairedWork): Promise<number> {
  const startMs = performance.now();
  const result = await work();
  const elapsedMs = performance.now() - startMs;
  check(result);
  return elapsedMs;
}
