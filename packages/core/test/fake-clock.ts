import { setImmediate } from 'node:timers/promises';
import type { CancelTimer, Clock } from '@heddle/core';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test advances it. `@heddle/testkit` has a full one, but depends on this package. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): CancelTimer {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.size;
  }

  /** Goes on by `ms`, firing what is due in order of time; tasks run in between as far as they can. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#next(end);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** The timer that is due first, by `end` at the latest; of those of one moment the one that was set first. */
  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    return first;
  }
}

/** Lets everything run that is ready: a turn of the event loop comes after all microtasks. */
export async function settle(): Promise<void> {
  await setImmediate();
}
