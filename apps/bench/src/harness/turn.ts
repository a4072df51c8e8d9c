/** A subject's turn: its work again and again for a stretch of time, so that a burst of 16 tasks is measured as carefully as one of 10,000. */

import type { Execution } from './suite.ts';

/** More executions in one turn would tell nothing new, and all their values are kept for the percentiles. */
const MAX_EXECUTIONS = 5_000;

/**
 * Repeats the work until `forMs` have passed, at least once.
 *
 * @returns the value of each execution
 * @throws {RangeError} when a value is no positive number
 */
export async function takeTurn(execution: Execution, forMs: number): Promise<number[]> {
  const values: number[] = [];
  const startMs = performance.now();
  do {
    const value = await execution.run();
    if (!(value > 0 && value < Infinity)) throw new RangeError(`Expected a run to give a positive number, got ${value}`);
    values.push(value);
  } while (performance.now() - startMs < forMs && values.length < MAX_EXECUTIONS);
  return values;
}
