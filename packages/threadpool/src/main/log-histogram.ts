/**
 * How often each length of time came up, in memory of a fixed size: buckets that grow with the time, eight to a doubling, so that what
 * is read from it is at most 9 % too large.
 *
 * @see Gil Tene, HdrHistogram: the same idea, with linear buckets inside each doubling
 */

/** Shorter times count as this one, in milliseconds: a sixteenth of a microsecond. */
const SHORTEST_MS = 2 ** -14;

const BUCKETS_PER_DOUBLING = 8;

/** Up to 2^31 ms, 24 days; what is longer counts as that, except as the maximum. */
const DOUBLINGS = 45;

/** How lengths of time are distributed, in milliseconds. All are 0 while there are none. */
export interface TimeDistribution {
  /** How many there were. */
  readonly count: number;
  /** Half of them were not longer. Like the other two up to 9 % too large, and never larger than `max`. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** The longest, as it was measured. */
  readonly max: number;
}

export class LogHistogram {
  readonly #buckets = new Float64Array(DOUBLINGS * BUCKETS_PER_DOUBLING + 1);
  #count = 0;
  #maxMs = 0;

  /** Adds `count` times of the same length. */
  add(ms: number, count: number): void {
    // Invariant: the index is a whole number within the bounds.
    this.#buckets[bucketOf(ms)]! += count;
    this.#count += count;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  distribution(): TimeDistribution {
    return { count: this.#count, p50: this.#quantile(0.5), p90: this.#quantile(0.9), p99: this.#quantile(0.99), max: this.#maxMs };
  }

  /** The upper end of the bucket in which the given share of times is reached. */
  #quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(this.#count * share));
    let passed = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      passed += count;
      if (passed >= rank) return Math.min(upperEndOf(bucket), this.#maxMs);
    }
    return 0;
  }
}

function bucketOf(ms: number): number {
  if (!(ms > SHORTEST_MS)) return 0;
  return Math.min(Math.ceil(Math.log2(ms / SHORTEST_MS) * BUCKETS_PER_DOUBLING), DOUBLINGS * BUCKETS_PER_DOUBLING);
}

function upperEndOf(bucket: number): number {
  return SHORTEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING);
}
