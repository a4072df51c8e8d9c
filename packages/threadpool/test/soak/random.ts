/** Choices that look random and are the same for the same seed. */

import { seededRandom } from '@heddle/core/engine';

export class Random {
  /** At least 0, below 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    // Invariant: callers give at least one.
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** A seed for something that draws by itself. */
  fork(): Random {
    return new Random(this.integer(0, 2 ** 31));
  }
}
