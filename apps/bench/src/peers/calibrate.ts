import { spin } from '../workers/functions.ts';

/** Long enough to be compiled and to drown the clock's own cost. */
const TRIAL_STEPS = 1_000_000;
const TRIALS = 20;

/** `spin`, cut to a length on this machine. */
export interface SpinWork {
  readonly steps: number;
  /** What `spin(steps)` must give. */
  readonly expected: number;
}

/**
 * Finds how many steps of `spin` take `microseconds` on this machine when nothing disturbs it. All subjects of a suite then do
 * exactly this many, so the figure's precision limits none of the comparisons.
 */
export function calibrateSpin(microseconds: number): SpinWork {
  let fastestMs = Infinity;
  for (let trial = 0; trial < TRIALS; trial++) {
    const startMs = performance.now();
    spin(TRIAL_STEPS);
    fastestMs = Math.min(fastestMs, performance.now() - startMs);
  }
  const steps = Math.round((microseconds / 1_000) * (TRIAL_STEPS / fastestMs));
  return { steps, expected: spin(steps) };
}
