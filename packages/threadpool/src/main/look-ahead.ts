/**
 * How far ahead of the policy calls are sent to a thread: what was sent is not in the queue any more, so a more urgent call comes after it.
 *
 * Under FIFO whatever comes later comes later anyway, and what waits on a thread can be taken back. So the batches of a long queue
 * are long, and become shorter as it does (guided self-scheduling: Polychronopoulos and Kuck, 1987), because what they are expected to
 * take may be wrong, and all threads should be through at the same time.
 */

import { systemClock } from '@heddle/core';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { BATCH_TARGET_US, LONG_BATCH_US, SHORT_CALL_US, WAKE_COST_US } from './cost-model.ts';
import type { PoolTask } from './pool-task.ts';

/**
 * A call of 1 ms that is sent when the thread has ended the one before costs the way there and back (0.1 to 0.2 ms, bench `tasks-1ms`).
 * What waits on a thread can be taken back; but a thread that begins nothing for longer than this is close to counting as stalled.
 */
const HIDE_THE_WAY_UPTO_US = 1_500;

/** Of a long queue, a batch is so many times smaller than what each thread has still to do. */
const BATCHES_TO_COME = 8;

export class LookAhead {
  /** Then a batch may also be as large as rare long calls leave it most of the time: what waits behind one is sent a second time. */
  readonly isFifo: boolean;
  /** The most that a batch holds, in microseconds of expected work. */
  batchUs: number;
  /** A thread that has less to do than this gets another batch, in microseconds. */
  roomUs: number;
  /** What a call counts as of which the cost is not known, in microseconds: so much that nothing is queued up behind it. */
  readonly unknownUs: number;

  constructor(queue: QueuePolicy<PoolTask>) {
    const first = fifo()<PoolTask>({ clock: systemClock });
    this.isFifo = queue.constructor === first.constructor;
    this.batchUs = this.isFifo ? BATCH_TARGET_US : WAKE_COST_US;
    this.roomUs = this.isFifo ? HIDE_THE_WAY_UPTO_US : WAKE_COST_US;
    this.unknownUs = this.isFifo ? 2 * LONG_BATCH_US : WAKE_COST_US;
  }

  /** So many calls wait for so many threads, each of which is expected to take `perCallUs`. */
  look(queued: number, perCallUs: number, threads: number): void {
    if (!this.isFifo) return;
    const guidedUs = perCallUs <= SHORT_CALL_US ? (queued * perCallUs) / (threads * BATCHES_TO_COME) : 0;
    this.batchUs = Math.min(LONG_BATCH_US, Math.max(BATCH_TARGET_US, guidedUs));
    // While a batch runs the next one, which is smaller, travels.
    this.roomUs = guidedUs > BATCH_TARGET_US ? 2 * this.batchUs : HIDE_THE_WAY_UPTO_US;
  }
}
