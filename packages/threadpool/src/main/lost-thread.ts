/**
 * What becomes of the calls that a thread held when it died. Those that had not begun begin elsewhere; those that had are run again
 * if their task says that it may be (`idempotent`); the others end with `WorkerLostError`.
 */

import { WorkerLostError } from '@heddle/core';
import { describe, isInput } from '@heddle/core/engine';
import type { Occupant } from '../occupancy-board.ts';
import type { AgentThread } from './agent-thread.ts';
import type { PoolTask } from './pool-task.ts';

/** A call goes to no more threads than this if each of them dies under it: perhaps that is the call's doing. */
const MAX_LOST_THREADS = 3;

/** A thread that has died. */
export interface Loss {
  readonly thread: AgentThread;
  /** What it said at its end. */
  readonly cause: unknown;
  /** What it stepped when it died. */
  readonly occupant: Occupant;
}

/** Settles what cannot go on elsewhere, and returns the rest, in the order in which it was sent. */
export function takeOver({ thread, cause, occupant }: Loss): PoolTask[] {
  const culprit = thread.culprit ?? findOccupant(thread, occupant);
  const survivors: PoolTask[] = [];
  for (const task of thread.unfinished()) {
    // One that had begun counts every loss, so that it is not run again without end.
    // A thread that never was up did not die by a call; how many of them there can be is limited elsewhere.
    const isSuspect = thread.isUp && (task.hasBegun || culprit === undefined || culprit === task);
    if (mayGoOn(task, isSuspect)) {
      task.unsent(isSuspect);
      survivors.push(task);
    } else {
      task.settle(true, task.cancelOutcome ?? lostError(thread, task, culprit, cause));
    }
  }
  return survivors;
}

/** The item that the thread stepped; not known when it was a loan, or nothing. */
function findOccupant(thread: AgentThread, { owner, number }: Occupant): PoolTask | undefined {
  if (owner !== thread.incarnation) return undefined;
  for (const task of thread.unfinished()) if (task.batch?.numberOf(task.indexInBatch) === number) return task;
  return undefined;
}

function mayGoOn(task: PoolTask, isSuspect: boolean): boolean {
  if (!task.isIntact || (isSuspect && task.lostThreads + 1 >= MAX_LOST_THREADS)) return false;
  return !task.hasBegun || (task.isIdempotent && task.cancelOutcome === null && !task.call.args.some(isInput));
}

function lostError(thread: AgentThread, task: PoolTask, culprit: PoolTask | undefined, cause: unknown): WorkerLostError {
  const why = cause instanceof Error ? cause.message : describe(cause);
  const other = culprit === undefined || culprit === task ? '' : ` and ran task ${culprit.name}`;
  return new WorkerLostError(`Thread ${thread.number} was lost while it held task ${task.name}${other}: ${why}`, {
    cause,
    culprit: culprit === undefined ? undefined : { id: culprit.id, name: culprit.name },
    threadId: thread.workerId,
    exitCode: thread.exitCode,
  });
}
