/** The heap of a subject's process. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Made once: the context that it comes from takes room itself. */
let collect: (() => void) | undefined;

/**
 * Frees what the set-up and the warm-up left behind, so that all subjects start into the first round alike. Between the turns nothing
 * is collected by force: each subject has a heap of its own and pays for its own garbage, when V8 sees fit, as it would in an application.
 * (Forced collections shrink the young generation and were found to make the next executions up to a quarter slower.)
 */
export function collectGarbage(): void {
  collect ??= findCollector();
  collect();
}

/** Gives the bytes of all objects that can still be reached. */
export function liveHeapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function findCollector(): () => void {
  // Not by a command-line flag: worker threads inherit those, and some pools pass them on in ways that Node refuses.
  setFlagsFromString('--expose-gc');
  const collector = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collector;
}
