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
  collectGarbage();
  const values: number[] = [];
  const startMs = performance.now();
  do {
    const value = await execution.run();
    if (!(value > 0 && value < Infinity)) throw new RangeError(`Expected a run to give a positive number, got ${value}`);
    values.push(value);
  } while (performance.now() - startMs < forMs && values.length < MAX_EXECUTIONS);
  return values;
}

let exposedGc: (() => void) | undefined;

/** Each turn starts on a clean heap: what one leaves behind must not be collected at the cost of the next. */
function collectGarbage(): void {
  if (exposedGc === undefined) {
    // Not by a command-line flag: worker threads inherit those, and some pools pass them on in ways that Node refuses.
    setFlagsFromString('--expose-gc');
    exposedGc = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  exposedGc();
}
