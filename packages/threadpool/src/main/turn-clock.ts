/**
 * The time at which the current turn of this thread began to use the clock, read once a turn: calls that are submitted in a burst
 * have the same, and the clock costs the burst nothing (bench `burst-10000`).
 *
 * A *stamp* is a whole number of 32 bits, so that it takes no object of its own where it is kept. It wraps around: only the
 * difference between two stamps says something, and only up to nine hours.
 */

const STAMPS_PER_MS = 64;

/** The stamp of a moment of `performance.now()`. */
function stampOf(ms: number): number {
  return (ms * STAMPS_PER_MS) | 0;
}

/** Milliseconds from the moment of a stamp to `ms`; 0 if that came before. */
export function msSince(stamp: number, ms: number): number {
  return Math.max(0, (stampOf(ms) - stamp) | 0) / STAMPS_PER_MS;
}

export class TurnClock {
  #stamp = 0;
  #isRead = false;

  /** The stamp of this turn. */
  stamp(): number {
    if (!this.#isRead) this.#read();
    return this.#stamp;
  }

  #read(): void {
    this.#isRead = true;
    this.#stamp = stampOf(performance.now());
    queueMicrotask(() => {
      this.#isRead = false;
    });
  }
}
