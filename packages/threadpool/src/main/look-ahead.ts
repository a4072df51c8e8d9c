/**
 * How far ahead of the policy calls may be sent to a thread: what was sent is not in the queue any more, so a more urgent call
 * comes after it.
 */

import { systemClock } from '@heddle/core';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { BATCH_TARGET_US, WAKE_COST_US } from './cost-model.ts';
import type { PoolTask } from './pool-task.ts';

/** Limits of what is sent ahead, in microseconds of expected work. */
export interface LookAhead {
  /** The most that a batch holds. */
  readonly batchUs: number;
  /** A thread that has less to do than this gets another batch. */
  readonly roomUs: number;
  /** Whether a batch may be as large as rare long calls leave it most of the time: then what waits behind one is sent a second time. */
  readonly trustsUsual: boolean;
}

/**
 * A call of 1 ms that is sent when the thread has ended the one before costs the way there and back (0.1 to 0.2 ms, bench `tasks-1ms`).
 * What waits on a thread can be taken back; but a thread that begins nothing for longer than this is close to counting as stalled.
 */
const HIDE_THE_WAY_UPTO_US = 1_500;

export function lookAhead(queue: QueuePolicy<PoolTask>): LookAhead {
  const first = fifo()<PoolTask>({ clock: systemClock });
  // Whatever comes later comes later under it, so nothing is lost by sending early.
  const isFifo = queue.constructor === first.constructor;
  if (!isFifo) return { batchUs: WAKE_COST_US, roomUs: WAKE_COST_US, trustsUsual: false };
  return { batchUs: BATCH_TARGET_US, roomUs: HIDE_THE_WAY_UPTO_US, trustsUsual: true };
}
