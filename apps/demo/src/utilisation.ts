/** How busy an executor kept its threads, from its trace. */

import type { TraceEvent } from '@heddle/core';

/** Events after which a task steps, or could; and those after which it does not. */
const BEGINS: ReadonlySet<string> = new Set(['started', 'resumed']);
const ENDS: ReadonlySet<string> = new Set(['awaiting', 'yielded', 'completed', 'failed', 'cancelled']);

/**
 * Returns the share of the time, from 0 to 1, in which the threads had a task to step.
 *
 * @param events of one run, from any number of threads
 * @param threads how many can be busy at the same moment
 * @param wallMs how long the run took
 */
export function utilisationOf(events: readonly TraceEvent[], threads: number, wallMs: number): number {
  const stepping = new Map<number, Set<string>>();
  const busySince = new Map<number, number>();
  let busyMs = 0;
  // Events of one thread come in order; those of several are mixed by batches.
  for (const { type, thread, taskId, timeMs } of [...events].sort((one, other) => one.timeMs - other.timeMs)) {
    const tasks = stepping.get(thread) ?? new Set();
    stepping.set(thread, tasks);
    if (BEGINS.has(type)) {
      if (tasks.size === 0) busySince.set(thread, timeMs);
      tasks.add(taskId);
    } else if (ENDS.has(type) && tasks.delete(taskId) && tasks.size === 0) {
      busyMs += timeMs - (busySince.get(thread) ?? timeMs);
    }
  }
  return wallMs > 0 ? Math.min(1, busyMs / (wallMs * threads)) : 0;
}
