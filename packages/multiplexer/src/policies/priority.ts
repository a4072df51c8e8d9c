import type { Clock } from '@heddle/core';
import { expectNumber } from '@heddle/core/engine';
import type { PolicyContext, PolicyFactory, QueuedTask, QueuePolicy } from './queue-policy.ts';
import { RankedHeap } from './ranked-heap.ts';

/** Options of {@link priority}. */
export interface PriorityOptions {
  /**
   * How long a task waits in the queue to gain one level of priority, in milliseconds, above 0. Without it, tasks of high
   * priority that never end starve all others.
   *
   * @default Infinity
   */
  readonly agingMs?: number | undefined;
}

/**
 * The highest `priority` first, and first in, first out among equals. Whoever is awaited, or holds a lock that is, has the
 * priority of the most urgent one that waits (priority inheritance).
 *
 * @remarks Every operation takes time logarithmic in the number of ready tasks. With `agingMs` each push reads the executor's
 * clock. A task that steps and comes back waits anew.
 * @throws {TypeError} when `agingMs` is no number
 * @throws {RangeError} when `agingMs` is not above 0
 */
export function priority(options: PriorityOptions = {}): PolicyFactory {
  const agingMs = expectNumber('agingMs', options.agingMs ?? Infinity, { above: 0, infinite: true });
  return <T extends QueuedTask>({ clock }: PolicyContext) => new Priority<T>(clock, agingMs);
}

/**
 * A task that has waited since `queuedAt` counts, at the time `now`, for `priority + (now - queuedAt) / agingMs`. Of that,
 * `now / agingMs` is the same for all that wait, so it can be left out without changing who comes first: the rank
 * `priority - queuedAt / agingMs` never changes while a task waits, and the heap stays valid as time goes by.
 */
class Priority<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #heap = new RankedHeap<T>();
  readonly #clock: Clock;
  readonly #agingMs: number;
  /** Times count from here: epoch milliseconds would leave too few digits for the fraction of a level. */
  readonly #startMs: number;

  constructor(clock: Clock, agingMs: number) {
    this.#clock = clock;
    this.#agingMs = agingMs;
    this.#startMs = agingMs === Infinity ? 0 : clock.now();
  }

  get size(): number {
    return this.#heap.size;
  }

  push(item: T): void {
    if (this.#agingMs === Infinity) this.#heap.push(item, item.priority);
    else this.#heap.push(item, item.priority, (this.#startMs - this.#clock.now()) / this.#agingMs);
  }

  pop(): T | undefined {
    return this.#heap.pop();
  }

  /** The most urgent one: a thread that has nothing else to do begins with it at once. */
  steal(): T | undefined {
    return this.#heap.pop();
  }

  delete(item: T): boolean {
    return this.#heap.delete(item);
  }

  reprioritise(item: T): void {
    this.#heap.rerank(item, item.priority);
  }
}
