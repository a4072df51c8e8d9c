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
  /** Real time spent in pauses since a timer last fired in one. */
  #spentMs = 0;

  constructor(realClock: Clock) {
    this.#realClock = realClock;
  }

  /** Begins a pause. `onDue` is called once the next timer, `delayMs` of virtual time away, is due; never when there is none. */
  begin(delayMs: number | undefined, onDue: () => void): void {
    this.end();
    this.#sinceMs = this.#realClock.now();
    if (delayMs === undefined) return;
    const fire = (): void => {
      this.#cancelTimer = null;
      this.end();
      this.#spentMs = 0;
      onDue();
    };
    this.#cancelTimer = this.#realClock.setTimer(fire, Math.max(0, delayMs - this.#spentMs));
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
