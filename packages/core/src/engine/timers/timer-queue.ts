/**
 * Any number of timers in the order in which they fire: by the moment at which they are due, and those of one moment in the
 * order in which they were set. What clocks are made of that have more than a few timers.
 */

import { NONE, TimerTable } from './timer-table.ts';
import { TimerWheel } from './timer-wheel.ts';

/** A timer that is armed. */
export interface ArmedTimer {
  /** When it is due, in milliseconds of its clock. */
  readonly dueMs: number;
  /** How many timers were set before it. */
  readonly order: number;
}

/** @remarks Setting and cancelling take constant time; firing does on average, and sorts the timers of one millisecond. */
export class TimerQueue {
  readonly #table = new TimerTable();
  readonly #wheel: TimerWheel;
  readonly #onEmptied: (() => void) | null;

  /**
   * @param nowMs the time of the clock: any start is right, the nearest is fastest
   * @param onEmptied called when the last timer has been cancelled
   */
  constructor(nowMs: number, onEmptied: (() => void) | null = null) {
    this.#wheel = new TimerWheel(this.#table, nowMs);
    this.#onEmptied = onEmptied;
  }

  /** How many timers are armed. */
  get size(): number {
    return this.#table.size;
  }

  /** No timer is due before this. Exact until a timer is cancelled; Infinity when there is none. */
  get earliestMs(): number {
    return this.#wheel.earliestMs;
  }

  /**
   * Arms a timer.
   *
   * @param dueMs Infinity counts as the greatest number that there is
   * @returns what cancels it; harmless once it was taken
   */
  add(dueMs: number, callback: () => void): () => void {
    const id = this.#table.add(Math.min(dueMs, Number.MAX_VALUE), callback);
    const order = this.#table.order[id];
    this.#wheel.insert(id);
    return () => {
      // Otherwise it was taken or cancelled, and the row may have gone to a later one.
      if (this.#table.order[id] === order) this.#cancel(id);
    };
  }

  /**
   * Disarms the first of the timers that are due at `nowMs`. What is left after it gave none is due later, by `earliestMs` too.
   *
   * @param nowMs no less than in the last call, unless that gave a timer; Infinity for whichever is first
   * @returns its callback; `undefined` when none is due
   */
  takeDue(nowMs: number): (() => void) | undefined {
    if (this.#table.size === 0) return undefined;
    const id = this.#wheel.firstDue(nowMs);
    if (id === NONE) return undefined;
    this.#wheel.remove(id);
    return this.#table.remove(id);
  }

  /** The timers that are armed, in the order in which they fire. Takes time to collect and sort them. */
  armed(): ArmedTimer[] {
    const table = this.#table;
    // Invariant: ids are rows of the table.
    return table.sort(table.ids()).map((id) => ({ dueMs: table.dueMs[id]!, order: table.order[id]! }));
  }

  #cancel(id: number): void {
    this.#wheel.remove(id);
    this.#table.remove(id);
    if (this.#table.size === 0) this.#onEmptied?.();
  }
}
