/** Time that stands still until a test moves it, so that a test of hours takes milliseconds and always happens in the same order. */

import { setImmediate } from 'node:timers/promises';
import type { CancelTimer, Clock } from '@heddle/core';
import { TimerQueue, type ArmedTimer } from '@heddle/core/engine';

/** A timer that is armed: when it is due, in milliseconds of the clock's own time, and how many timers were set before it. */
export type PendingTimer = ArmedTimer;

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
 * one turn, so code that needs several turns to become ready (real I/O) is not waited for. Setting, firing and cancelling a timer
 * takes constant time on average, however many there are.
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
  readonly #timers: TimerQueue;
  #isMoving = false;

  constructor({ startMs = 0 }: VirtualClockOptions = {}) {
    this.#nowMs = expectMs('startMs', startMs);
    this.#timers = new TimerQueue(startMs);
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): CancelTimer {
    const dueMs = this.#nowMs + expectMs('delayMs', delayMs);
    return this.#timers.add(dueMs, () => {
      this.#nowMs = dueMs;
      callback();
    });
  }

  /** The timers that are armed, in the order in which they will fire. A copy, which takes time to make. */
  get pending(): readonly PendingTimer[] {
    return this.#timers.armed();
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
    const fire = this.#timers.takeDue(endMs);
    fire?.();
    return fire !== undefined;
  }
}

function expectMs(name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be a finite number of milliseconds of at least 0, got ${String(value)}`);
}
