/** Calls that were sent to a thread in one message. */

import { itemsBetween } from '../occupancy-board.ts';
import type { AgentThread } from './agent-thread.ts';
import type { PoolTask } from './pool-task.ts';

export class Batch {
  readonly id: number;
  readonly thread: AgentThread;
  /** Without those at the end that were taken back. */
  readonly items: PoolTask[];
  /** What running the items is expected to take, in whole microseconds. */
  expectedUs: number;
  /** Whether a call may take much longer than most of its task do. */
  isErratic = false;
  /** What copying the arguments took, in microseconds. */
  copyUs = 0;
  /** When it was sent, as `performance.now()` tells the time. */
  sentMs = 0;
  /** Whether the time that its calls took says something about them. Known once it is retired. */
  isTimed = false;
  /** Items of which the thread has not told that they ended. */
  remaining: number;
  /** Whether every item has ended or parked, so that the thread has room again. */
  isRetired = false;
  readonly #firstNumber: number;
  /** Items that have ended without beginning, by index: rare. Whether the thread has told of it. */
  #unbegunEnds: Map<number, boolean> | null = null;

  constructor(id: number, thread: AgentThread, items: PoolTask[], firstNumber: number, expectedUs: number) {
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

  /** The item's number on its thread; it wraps around. */
  numberOf(index: number): number {
    return (this.#firstNumber + index) | 0;
  }

  /** An item has ended without beginning. `isTold` when the thread says so, and not the pool that has cancelled it. */
  endedUnbegun(index: number, isTold: boolean): void {
    if (index < this.items.length) (this.#unbegunEnds ??= new Map()).set(index, isTold);
  }

  /** How many items have neither begun nor ended, when the thread's last begun item is `begun`. */
  unbegunAfter(begun: number): number {
    const from = this.#indexAfter(begun);
    const sent = this.items.length - from;
    return sent === 0 || this.#unbegunEnds === null ? sent : sent - this.#countUnbegunEnds(from, false);
  }

  /** Takes the items after the one of this number off the batch. @returns those that have not ended */
  cutAfter(number: number): PoolTask[] {
    const { items } = this;
    const from = this.#indexAfter(number);
    if (from === items.length) return [];
    const cut = items.splice(from);
    this.remaining -= cut.length - this.#countUnbegunEnds(from, true);
    this.expectedUs = Math.floor((this.expectedUs * from) / (from + cut.length));
    return cut.filter((task) => task.batch === this);
  }

  #countUnbegunEnds(from: number, toldOnly: boolean): number {
    let count = 0;
    for (const [index, isTold] of this.#unbegunEnds ?? []) if (index >= from && (isTold || !toldOnly)) count++;
    return count;
  }

  #indexAfter(number: number): number {
    const index = itemsBetween(this.#firstNumber, number) + 1;
    return Math.max(0, Math.min(index, this.items.length));
  }
}
