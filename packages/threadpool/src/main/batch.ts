/** Calls that were sent to a thread in one message. */

import type { AgentThread } from './agent-thread.ts';
import type { PoolTask } from './pool-task.ts';

export class Batch {
  readonly id: number;
  readonly thread: AgentThread;
  readonly items: readonly PoolTask[];
  /** What running the items is expected to take, in microseconds. */
  readonly expectedUs: number;
  /** What copying the arguments took, in microseconds. */
  copyUs = 0;
  /** When it was sent, as `performance.now()` tells the time. */
  sentMs = 0;
  /** Whether the time that its calls took says something about them. Known once it is retired. */
  isTimed = false;
  /** Items that have not ended. */
  remaining: number;
  /** Whether every item has ended or parked, so that the thread has room again. */
  isRetired = false;
  readonly #firstNumber: number;

  constructor(id: number, thread: AgentThread, items: readonly PoolTask[], firstNumber: number, expectedUs: number) {
    this.id = id;
    this.thread = thread;
    this.items = items;
    this.expectedUs = expectedUs;
    this.remaining = items.length;
    this.#firstNumber = firstNumber;
  }

  get size(): number {
    return this.items.length;
  }

  /** The item's number on its thread; it wraps around at 32 bits. */
  numberOf(index: number): number {
    return (this.#firstNumber + index) | 0;
  }
}
