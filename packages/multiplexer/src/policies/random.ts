import { expectNumber, seededRandom } from '@heddle/core/engine';
import type { PolicyFactory, QueuedTask, QueuePolicy } from './queue-policy.ts';

/**
 * Any ready task, each with the same chance: finds bugs that only some orders show. One seed gives one order, as long as the same
 * tasks become ready in the same order.
 *
 * @param seed an integer of at least 0 and below 2^32
 * @remarks Fair on average: a task may wait long, but the chance that it does shrinks with every turn. Every operation takes
 * constant time on average.
 * @throws {TypeError} when `seed` is no number
 * @throws {RangeError} when `seed` is out of its range
 */
export function random(seed: number): PolicyFactory {
  expectNumber('seed', seed, { min: 0, max: 2 ** 32 - 1, integer: true });
  return <T extends QueuedTask>() => new Random<T>(seed);
}

/** An array in no order: whatever leaves is replaced by the last item. */
class Random<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #items: T[] = [];
  readonly #random: () => number;
  /** Where each item is. Built for the first `delete`, dropped once as many pushes have followed without another. */
  #index: Map<T, number> | null = null;
  /** Pushes until the index is dropped. */
  #indexedPushesLeft = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#index !== null) {
      if (this.#indexedPushesLeft-- > 0) this.#index.set(item, this.#items.length);
      else this.#index = null;
    }
    this.#items.push(item);
  }

  pop(): T | undefined {
    const { length } = this.#items;
    return length === 0 ? undefined : this.#take(Math.floor(this.#random() * length));
  }

  /** Any, too. */
  steal(): T | undefined {
    return this.pop();
  }

  delete(item: T): boolean {
    this.#index ??= new Map(this.#items.map((one, at) => [one, at]));
    this.#indexedPushesLeft = this.#items.length;
    const at = this.#index.get(item);
    if (at === undefined) return false;
    this.#take(at);
    return true;
  }

  #take(at: number): T | undefined {
    const items = this.#items;
    const item = items[at];
    const last = items.pop();
    // Invariant: callers give a position in the array, so there was a last item and one at it.
    if (at < items.length) {
      items[at] = last!;
      this.#index?.set(last!, at);
    }
    this.#index?.delete(item!);
    return item;
  }
}
