/** A subject's turn: its work again and again for a stretch of time, so that a burst of 16 tasks is measured as carefully as one of 10,000. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

/**
 * Frees what the set-up and the warm-up left behind, so that all subjects start into the first round alike. Between the turns nothing
 * is collected by force: each subject has a heap of its own and pays for its own garbage, when V8 sees fit, as it would in an application.
 * (Forced collections shrink the young generation and were found to make the next executions up to a quarter slower.)
 */
export function collectGarbage(): void {
  // Not by a command-line flag: worker threads inherit those, and some pools pass them on in ways that Node refuses.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
