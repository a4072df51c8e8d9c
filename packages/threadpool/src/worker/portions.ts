/**
 * How many calls a thread is lent at once, each time when it has nothing to do: by how soon it was through with those before.
 *
 * Each time costs the borrower a trip through its event loop, so short calls come in larger portions. But what it was lent it keeps,
 * so calls that take long come one by one. And a call of a few microseconds costs its lender more to send than to run.
 */

const US_PER_MS = 1000;

/** A portion that took less is followed by one of twice the size. Some trips through an event loop. */
const SHORT_US = 250;

const LARGEST = 8;

/** Calls that took less each, in a portion of the largest size, were not worth it. */
const WORTHLESS_US = 15;

/** So many scheduling points of the lender pass then before the next portion; twice as many if that is not worth it either. */
const SHORTEST_PAUSE = 256;
const LONGEST_PAUSE = 8_192;

export class Portions {
  #size = 1;
  /** Calls that were lent and have not ended. */
  #outstanding = 0;
  /** Of the portion under way. */
  #lent = 0;
  #lentMs = 0;
  #pause = 0;
  /** Scheduling points left in which nothing is lent. */
  #left = 0;

  /** Asked at each scheduling point of the lender while the thread has nothing to do. */
  get isDue(): boolean {
    if (this.#left > 0) this.#left--;
    return this.#left === 0;
  }

  /** Returns how many calls to lend now. @param nowMs a clock in milliseconds */
  begin(nowMs: number): number {
    // What it has not ended takes long, or waits for others.
    if (this.#outstanding > 0) this.#size = 1;
    this.#lent = 0;
    this.#lentMs = nowMs;
    return this.#size;
  }

  lent(): void {
    this.#lent++;
    this.#outstanding++;
  }

  /** A call has ended. @param now a clock in milliseconds */
  ended(now: () => number): void {
    if (--this.#outstanding > 0) return;
    const tookUs = (now() - this.#lentMs) * US_PER_MS;
    if (this.#lent === LARGEST && tookUs < WORTHLESS_US * LARGEST) {
      this.#pause = Math.min(Math.max(this.#pause * 2, SHORTEST_PAUSE), LONGEST_PAUSE);
      this.#left = this.#pause;
      return;
    }
    this.#pause = 0;
    this.#size = tookUs < SHORT_US ? Math.min(this.#size * 2, LARGEST) : 1;
  }
}
