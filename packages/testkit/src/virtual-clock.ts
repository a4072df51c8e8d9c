/** Time that stands still until a test moves it, so that a test of hours takes milliseconds and always happens in the same order. */

import { setImmediate } from 'node:timers/promises';
import type { CancelTimer, Clock } from '@heddle/core';

/** A timer that is armed. */
export interface PendingTimer {
  /** When it fires, in milliseconds of the clock's own time. */
  readonly dueMs: number;
  /** How many timers were set before it; among timers due at one moment the smaller one fires first. */
  readonly order: number;
}

interface Timer extends PendingTimer {
  readonly callback: () => void;
}

/** Options of {@link VirtualClock}. */
export interface VirtualClockOptions {
  /** The time at the beginning, in milliseconds since the epoch. @default 0 */
  readonly startMs?: number | undefined;
}

/** Options of {@link VirtualClock.runUntilIdle}. */
export interface RunUntilIdleOptions {
  /** How many timers may fire before the run is taken for an endless one, an integer of at least 1. @default 100000 */
  readonly maxTimers?: number | undefined;
}

const DEFAULT_MAX_TIMERS = 100_000;

/**
 * A clock for executors under test. Time jumps from timer to timer; in between, everything runs that is ready: promise callbacks
 * and the tasks that they wake.
 *
 * @remarks Timers fire in order of time, those of one moment in the order in which they were set. After each the event loop has
 * one turn, so code that needs several turns to become ready (real I/O) is not waited for.
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const executor = new InlineExecutor({ clock });
 * const result = executor.run(pollEveryMinute());
 * await clock.advance(60 * 60_000);
 * ```
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  /** Invariant: sorted by `dueMs`, then `order`. */
  readonly #timers: Timer[] = [];
  #isMoving = false;

  constructor({ startMs = 0 }: VirtualClockOptions = {}) {
    this.#nowMs = expectMs('startMs', startMs);
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): CancelTimer {
    const timer: Timer = { dueMs: this.#nowMs + expectMs('delayMs', delayMs), order: this.#order++, callback };
    // From the back: most timers are due after those that are there. Equal ones stay in front.
    const after = this.#timers.findLastIndex((other) => other.dueMs <= timer.dueMs);
    this.#timers.splice(after + 1, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** The timers that are armed, in the order in which they will fire. */
  get pending(): readonly PendingTimer[] {
    return this.#timers.map(({ dueMs, order }) => ({ dueMs, order }));
  }

  /**
   * Moves the time on by `ms` milliseconds and fires every timer that falls due on the way, also those that are set on the way.
   *
   * @returns settles when everything has run that became ready
   * @throws {RangeError} (as a rejection) when `ms` is negative or not finite
   * @throws {TypeError} (as a rejection) while the time is being moved already
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + expectMs('ms', ms);
    await this.#move(async () => {
      await this.settle();
      while (this.#fireNext(endMs)) await this.settle();
      this.#nowMs = endMs;
    });
  }

  /**
   * Fires timer after timer until none is armed, wherever the time gets to.
   *
   * @throws {RangeError} (as a rejection) when more timers fire than `maxTimers`, as with a task that polls for ever
   * @throws {TypeError} (as a rejection) while the time is being moved already
   */
  async runUntilIdle({ maxTimers = DEFAULT_MAX_TIMERS }: RunUntilIdleOptions = {}): Promise<void> {
    await this.#move(async () => {
      await this.settle();
      for (let fired = 0; this.#fireNext(Infinity); fired++) {
        if (fired >= maxTimers) throw new RangeError(`Expected at most ${maxTimers} timers before all is idle, got more; something sets timers for ever`);
        await this.settle();
      }
    });
  }

  /** Lets everything run that is ready, at the present moment: a turn of the event loop comes after all promise callbacks. */
  async settle(): Promise<void> {
    await setImmediate();
  }

  async #move(body: () => Promise<void>): Promise<void> {
    if (this.#isMoving) throw new TypeError('Expected one advance() or runUntilIdle() at a time, got another one while the time is being moved');
    this.#isMoving = true;
    try {
      await body();
    } finally {
      this.#isMoving = false;
    }
  }

  #fireNext(endMs: number): boolean {
    const next = this.#timers[0];
    if (next === undefined || next.dueMs > endMs) return false;
    this.#timers.shift();
    this.#nowMs = next.dueMs;
    next.callback();
    return true;
  }
}

function expectMs(name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be a finite number of milliseconds of at least 0, got ${String(value)}`);
}
