/**
 * How many items travel in one chunk: as many as make its message cheap beside its work, and no more than keeps all threads
 * busy to the end.
 *
 * @see Polychronopoulos and Kuck, "Guided self-scheduling", 1987
 */

/**
 * The time that a chunk should take. Forty times what waking a thread costs (50 µs), so messages stay below a few percent; no
 * longer than a multiplexer's slice, so a chunk ends in the turn in which it began, and a cancelled one soon.
 */
const TARGET_MS = 2;

/** Most items in a chunk: beyond this a message costs no less an item (bench `parallel-map`), only more at once. */
const MAX_ITEMS = 1024;

/** How much larger than the largest chunk so far the next one may be: a cheap first item says little about a thousand others. */
const GROWTH = 8;

/** What the newest measurement weighs in the mean. Trusting it is safe, as a chunk that takes too long hands back its tail. */
const NEWEST_WEIGHT = 0.75;

/** Guided self-scheduling: the share of the remaining items that one chunk in flight may take is 1 / (this * capacity). */
const SHARES_PER_THREAD = 2;

export class ChunkSize {
  /** Weighted mean of the time that an item takes; `undefined` until the first measurement. */
  #itemMs: number | undefined;
  #largest = 1;

  /**
   * Returns the size of the next chunk, at least 1.
   *
   * @param remaining items not sent yet, where that is known
   * @param capacity threads that share them
   */
  next(remaining: number | undefined, capacity: number): number {
    if (this.#itemMs === undefined) return 1;
    const affordable = Math.floor(TARGET_MS / this.#itemMs);
    const fairShare = remaining === undefined ? Infinity : Math.floor(remaining / (SHARES_PER_THREAD * capacity));
    return Math.max(1, Math.min(affordable, fairShare, this.#largest * GROWTH, MAX_ITEMS));
  }

  /** Takes a measurement. A dearer chunk counts in full at once, a cheaper one by and by. */
  learn(items: number, elapsedMs: number): void {
    const itemMs = elapsedMs / items;
    const mean = this.#itemMs;
    this.#itemMs = mean === undefined || itemMs > mean ? itemMs : mean + (itemMs - mean) * NEWEST_WEIGHT;
    this.#largest = Math.max(this.#largest, items);
  }
}
