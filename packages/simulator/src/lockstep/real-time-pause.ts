/**
 * What virtual time does while a task awaits a real promise and nothing else can go on: it stands still, so that how long the
 * promise takes does not show in the schedule. Only when that much real time has passed in such pauses is the next
 * virtual timer due, so that a time-out still ends a wait for a promise that never settles.
 */

import type { CancelTimer, Clock } from '@heddle/core';

export class RealTimePause {
  readonly #realClock: Clock;
  #cancelTimer: CancelTimer | null = null;
  #sinceMs: number | null = null;
  /** Real time spent in pauses since it was last used up. */
  #spentMs = 0;

  constructor(realClock: Clock) {
    this.#realClock = realClock;
  }

  /** Whether enough time was spent in pauses for a virtual timer that is `delayMs` away. If so, that time is used up. */
  covers(delayMs: number): boolean {
    if (this.#spentMs < delayMs) return false;
    this.#spentMs = 0;
    return true;
  }

  /** Begins a pause, and calls `onDue` when it covers `delayMs`; never when that is `undefined`. */
  begin(delayMs: number | undefined, onDue: () => void): void {
    this.end();
    this.#sinceMs = this.#realClock.now();
    if (delayMs === undefined) return;
    this.#cancelTimer = this.#realClock.setTimer(onDue, Math.max(0, delayMs - this.#spentMs));
  }

  /** Ends the pause, if there is one. */
  end(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#sinceMs === null) return;
    this.#spentMs += this.#realClock.now() - this.#sinceMs;
    this.#sinceMs = null;
  }
}
