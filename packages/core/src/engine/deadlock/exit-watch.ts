/**
 * Looks after tasks that are left waiting when the process has nothing else to do. Node then ends it in silence, with promises
 * that never settle. By then nothing outside can touch what the tasks wait for, so tasks that all wait for one another, or for
 * something that only another one of them could bring, are a deadlock for sure.
 */

import type { Fiber } from '../fiber.ts';
import { hostProcess, requestHostTurn } from '../host-builtins.ts';
import { leftWaiting, placesOf } from './report.ts';
import { Standstill, type Stoppable } from './standstill.ts';

/** Executors with tasks that have not ended. */
const watched = new Set<Stoppable>();
const standstill = new Standstill();
let hasWarned = false;
/** Counts how often an executor has come to a stop. */
let stops = 0;
/** The stop that was looked at last. */
let lookedAt = 0;

/** Has an eye on `executor`, which has come to a stop, until {@link unwatchExit}; does nothing on hosts without a process. */
export function watchExit(executor: Stoppable): void {
  stops++;
  if (watched.has(executor)) return;
  const process = hostProcess();
  if (process === undefined) return;
  if (watched.size === 0) process.on('beforeExit', onBeforeExit);
  watched.add(executor);
}

/** Forgets `executor`: its tasks have ended. Harmless when it is not watched. */
export function unwatchExit(executor: Stoppable): void {
  if (!watched.delete(executor) || watched.size > 0) return;
  hostProcess()?.off('beforeExit', onBeforeExit);
  standstill.reset();
  hasWarned = false;
}

function onBeforeExit(): void {
  const stuck = standstill.look([...watched], true);
  if (stuck === null) return;
  if (lookedAt !== stops) {
    // Others who listen to the end of the process come first: one of them may close a channel. The turn makes it end once more.
    lookedAt = stops;
    requestHostTurn(() => {});
  } else if (standstill.break(stuck, true)) {
    // The tasks that were woken run in a microtask, and with this the process looks at what they have come to.
    requestHostTurn(() => {});
  } else if (stuck.circle === null && !hasWarned) {
    hasWarned = true;
    warnOf(stuck.fibers);
  }
}

function warnOf(left: readonly Fiber[]): void {
  const warning = new Error(leftWaiting(left, placesOf(left)));
  warning.name = 'DeadlockWarning';
  hostProcess()?.emitWarning?.(warning);
}
