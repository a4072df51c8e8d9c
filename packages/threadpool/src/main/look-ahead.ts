/**
 * How far ahead of the policy calls may be sent to a thread: what was sent is not in the queue any more, so a more urgent call
 * comes after it.
 */

import { systemClock } from '@heddle/core';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { BATCH_TARGET_US, WAKE_COST_US } from './cost-model.ts';
import type { PoolTask } from './pool-task.ts';

/** Returns how much work a batch may hold, in microseconds, and how much a thread may have to do before it gets another one. */
export function lookAheadUs(queue: QueuePolicy<PoolTask>): number {
  const first = fifo()<PoolTask>({ clock: systemClock });
  // Whatever comes later comes later under it, so nothing is lost by sending early.
  return queue.constructor === first.constructor ? BATCH_TARGET_US : WAKE_COST_US;
}
