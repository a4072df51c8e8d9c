/** Tasks that find out what it costs to hand a call over to another thread. */

import { threadId } from 'node:worker_threads';
import { spawn, task, type Coroutine } from '@heddle/core';

/** When something happened, in nanoseconds on a clock that all threads share, and where. */
interface Stamp {
  readonly ns: bigint;
  readonly thread: number;
}

/** One call that was handed over. */
export interface Handover {
  /** How long the thread was busy that gave it away. */
  readonly lendNs: number;
  /** From then on until it began. */
  readonly wakeNs: number;
  /** From its beginning, it does nothing, until its outcome was back. */
  readonly outcomeNs: number;
}

const stamp = task(import.meta, 'stamp', (): Stamp => ({ ns: process.hrtime.bigint(), thread: threadId }));

/** Hands over one call. Gives `null` when it has run here, because no other thread had nothing to do. */
export const handOver = task(import.meta, 'handOver', function* (): Coroutine<Handover | null> {
  const startNs = process.hrtime.bigint();
  const handle = yield* spawn(stamp());
  const lentNs = process.hrtime.bigint();
  const begun = yield* handle;
  const endNs = process.hrtime.bigint();
  if (begun.thread === threadId) return null;
  return { lendNs: Number(lentNs - startNs), wakeNs: Math.max(0, Number(begun.ns - lentNs)), outcomeNs: Number(endNs - begun.ns) };
});
