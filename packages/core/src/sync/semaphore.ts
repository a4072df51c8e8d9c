import type { Operation } from '../coroutine.ts';
import { expectNumber } from '../options.ts';
import { ask, NOT_YET, type Admission, type QueuedWait } from './queued-wait.ts';
import { holding, type ScopedBody } from './scoped.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Counts of a {@link Semaphore}. */
export interface SemaphoreStatistics {
  /** How many permits there are. */
  readonly permits: number;
  /** How many of them are acquired. */
  readonly held: number;
  /** How many tasks wait for permits. */
  readonly waiting: number;
}

/**
 * Hands out a fixed number of permits.
 *
 * @remarks First come, first served, also between requests of different sizes: a small one does not pass a large one that came
 * before it. Permits have no owner: whoever releases, inside a task or outside, gives them back to the pool, but never more than
 * are out. Taking free permits does not suspend. A task that is cancelled while it waits leaves the queue; one that has been given
 * its permits gets them, and meets its cancellation at its next suspension.
 * @example
 * ```ts
 * const connections = new Semaphore(10, { name: 'connections' });
 *
 * const query = task(function* (text: string) {
 *   return yield* connections.with(() => runQuery(text));
 * });
 * ```
 */
export class Semaphore {
  readonly #permits: number;
  #free: number;
  readonly #label: string;
  /** Invariant: when it is not empty, its first request is for more than what is free. */
  readonly #waiters = new WaitQueue<QueuedWait<void, number>>();
  readonly #acquiring: Admission<void, number>;

  /**
   * @param permits how many there are; an integer of at least 1
   * @throws {TypeError} {RangeError} when an argument is wrong
   */
  constructor(permits: number, options: SyncOptions = {}) {
    this.#permits = expectNumber('permits', permits, { min: 1, integer: true });
    this.#free = permits;
    const { label, isExternal } = identify('semaphore', options);
    this.#label = label;
    this.#acquiring = {
      queue: this.#waiters,
      isExternal,
      describe: (count) => `acquire(${count}) of ${label}`,
      admit: (_fiber, count) => (this.tryAcquire(count) ? undefined : NOT_YET),
      // A large request that is cancelled may have held up smaller ones.
      left: () => this.#handOut(),
    };
  }

  /**
   * Waits for `count` permits, and takes all of them at once.
   *
   * @param count an integer from 1 to the number of permits. @default 1
   * @throws {TypeError} {RangeError} when `count` is wrong
   */
  acquire(count = 1): Operation<void> {
    return ask(this.#acquiring, this.#expectCount(count));
  }

  /**
   * Takes `count` permits if they are free and nobody waits.
   *
   * @returns whether it took them
   */
  tryAcquire(count = 1): boolean {
    this.#expectCount(count);
    if (this.#waiters.size > 0 || count > this.#free) return false;
    this.#free -= count;
    return true;
  }

  /**
   * Gives `count` permits back; tasks that wait have them at once.
   *
   * @throws {TypeError} when fewer than that are held
   */
  release(count = 1): void {
    this.#expectCount(count);
    const held = this.#permits - this.#free;
    if (count > held) throw new TypeError(`Expected release() of at most the ${held} permits of ${this.#label} that are held, got ${count}`);
    this.#free += count;
    this.#handOut();
  }

  /**
   * Runs `body` while the task holds `count` permits, and gives its value. The permits are released however the body ends.
   *
   * @throws {TypeError} {RangeError} when an argument is wrong, or `body` returns nothing to await
   */
  with<R>(body: ScopedBody<R>, count = 1): Operation<R> {
    return holding('semaphore.with()', this.acquire(count), () => this.release(count), body);
  }

  statistics(): SemaphoreStatistics {
    return { permits: this.#permits, held: this.#permits - this.#free, waiting: this.#waiters.size };
  }

  #expectCount(count: number): number {
    return expectNumber('count', count, { min: 1, max: this.#permits, integer: true });
  }

  #handOut(): void {
    for (let next = this.#waiters.first; next !== null && next.request <= this.#free; next = this.#waiters.first) {
      this.#waiters.remove(next);
      this.#free -= next.request;
      next.grant();
    }
  }
}
