/**
 * Looks after tasks that are left waiting when the process has nothing else to do. Node then ends it in silence, with promises
 * that never settle. By then nothing outside can touch what the tasks wait for, so tasks that all wait for one another, or for
 * something that only another one of them could bring, are a deadlock for sure.
 */

import { hostProcess, requestHostTurn } from '../host-builtins.ts';
import { leftWaiting, placesOf } from './report.ts';
import { Standstill, type Stoppable } from './standstill.ts';

/** Executors with tasks that have not ended. */
const watched = new Set<Stoppable>();
const standstill = new Standstill();
let hasWarned = false;

/** Has an eye on `executor` until {@link unwatchExit}; does nothing on hosts without a process. */
export function watchExit(executor: Stoppable): void {
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
  const { hasWoken, left } = standstill.break([...watched], true);
  // Tasks that were woken run in a microtask. With a turn of the event loop to come, the process looks again when they have.
  if (hasWoken) requestHostTurn(() => {});
  if (left.length === 0 || hasWarned) return;
  hasWarned = true;
  const warning = new Error(leftWaiting(left, placesOf(left)));
  warning.name = 'DeadlockWarning';
  hostProcess()?.emitWarning?.(warning);
}
