/** Tasks that find out what it costs to hand a call over to another thread. */

import { threadId } from 'node:worker_threads';
import { spawn, task, type Coroutine } from '@heddle/core';

/** When a call ran, in nanoseconds on a clock that all threads share, and where. */
interface Stamp {
  readonly beginNs: bigint;
  readonly endNs: bigint;
  readonly thread: number;
}

/** Long enough that a pool does not think the call better run at home. */
const BUSY_NS = 400_000n;

/** One call that was handed over. */
export interface Handover {
  /** How long the thread was busy that gave it away. */
  readonly lendNs: number;
  /** From then on until it began. */
  readonly wakeNs: number;
  /** From its end until its outcome was back. */
  readonly outcomeNs: number;
}

const stamp = task(import.meta, 'stamp', (): Stamp => {
  const beginNs = process.hrtime.bigint();
  let endNs = beginNs;
  while (endNs - beginNs < BUSY_NS) endNs = process.hrtime.bigint();
  return { beginNs, endNs, thread: threadId };
});

/** Hands over one call. Gives `null` when it has run here, because no other thread had nothing to do. */
export const handOver = task(import.meta, 'handOver', function* (): Coroutine<Handover | null> {
  const startNs = process.hrtime.bigint();
  const handle = yield* spawn(stamp());
  const lentNs = process.hrtime.bigint();
  const { beginNs, endNs, thread } = yield* handle;
  const backNs = process.hrtime.bigint();
  if (thread === threadId) return null;
  // The other thread may begin before this one has come back from sending.
  return { lendNs: Number(lentNs - startNs), wakeNs: Math.max(0, Number(beginNs - lentNs)), outcomeNs: Number(backNs - endNs) };
});
