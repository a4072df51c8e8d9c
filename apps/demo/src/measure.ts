/** Wall time of a run, and the longest time that it kept the main thread's event loop from its next turn. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

export interface Measured<T> {
  readonly value: T;
  readonly wallMs: number;
  readonly stallMs: number;
}

/** The probe's own interval, which it counts in. */
const RESOLUTION_MS = 1;
const NANOSECONDS_PER_MS = 1e6;

/** Runs `work` and measures it. */
export async function measure<T>(work: () => Promise<T>): Promise<Measured<T>> {
  const probe = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  probe.enable();
  try {
    // The first tick of the probe only sets its clock.
    await delay(2 * RESOLUTION_MS);
    probe.reset();
    const begin = performance.now();
    const value = await work();
    const wallMs = performance.now() - begin;
    // A stall shows once the loop turns again.
    await delay(2 * RESOLUTION_MS);
    return { value, wallMs, stallMs: Math.max(0, probe.max / NANOSECONDS_PER_MS - RESOLUTION_MS) };
  } finally {
    probe.disable();
  }
}
