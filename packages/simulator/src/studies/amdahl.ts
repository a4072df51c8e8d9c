import { expectNumber } from '@heddle/core/engine';

/**
 * Amdahl's bound: how much faster a job can become on `threads` threads when `serialFraction` of it runs on one at a time.
 *
 * @param serialFraction from 0 to 1
 * @param threads 1 or more; `Infinity` gives the limit of all machines
 * @throws {RangeError} when an argument is out of its range
 * @see G. M. Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", 1967
 */
export function amdahlBound(serialFraction: number, threads: number): number {
  expectNumber('serialFraction', serialFraction, { min: 0, max: 1 });
  expectNumber('threads', threads, { min: 1, infinite: true });
  return 1 / (serialFraction + (1 - serialFraction) / threads);
}
