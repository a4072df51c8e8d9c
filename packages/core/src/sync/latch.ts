import type { Operation } from '../coroutine.ts';
import { expectNumber } from '../options.ts';
import { ask, NOT_YET, type Admission, type QueuedWait } from './queued-wait.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Counts of a {@link Latch}. */
export interface LatchStatistics {
  /** How many are still to be counted down. */
  readonly remaining: number;
  /** How many tasks wait for it. */
  readonly waiting: number;
}

/**
 * Opens once a number of things have happened, and stays open.
 *
 * @remarks The last `countDown` wakes all who wait, in order of arrival. Waiting at an open latch does not suspend. `countDown` may
 * be called anywhere; give the option `external` when it is called outside of tasks.
 * @example
 * ```ts
 * const ready = new Latch(3, { name: 'replicas' });
 *
 * const replica = task(function* (id: number) {
 *   yield* connect(id);
 *   ready.countDown();
 * });
 * const main = task(function* () {
 *   for (let id = 0; id < 3; id++) yield* spawn(replica(id));
 *   yield* ready.wait();
 * });
 * ```
 */
export class Latch {
  readonly #label: string;
  #remaining: number;
  readonly #waiters = new WaitQueue<QueuedWait<void, void>>();
  readonly #waiting: Admission<void, void>;

  /**
   * @param count how many things have to happen; an integer of at least 0
   * @throws {TypeError} {RangeError} when an argument is wrong
   */
  constructor(count: number, options: SyncOptions = {}) {
    this.#remaining = expectNumber('count', count, { min: 0, integer: true });
    const { label, isExternal } = identify('latch', options);
    this.#label = label;
    this.#waiting = {
      queue: this.#waiters,
      isExternal,
      describe: () => `wait() for ${label}`,
      admit: () => (this.#remaining === 0 ? undefined : NOT_YET),
    };
  }

  /** How many are still to be counted down. */
  get remaining(): number {
    return this.#remaining;
  }

  /**
   * Counts `by` off; at 0 the latch opens.
   *
   * @param by an integer of at least 1. @default 1
   * @throws {TypeError} when fewer than that remain: something was counted twice
   */
  countDown(by = 1): void {
    expectNumber('by', by, { min: 1, integer: true });
    if (by > this.#remaining) throw new TypeError(`Expected countDown() of at most the ${this.#remaining} that remain of ${this.#label}, got ${by}`);
    this.#remaining -= by;
    if (this.#remaining > 0) return;
    for (let next = this.#waiters.shift(); next !== null; next = this.#waiters.shift()) next.grant();
  }

  /** Waits until the latch is open. */
  wait(): Operation<void> {
    return ask(this.#waiting, undefined);
  }

  statistics(): LatchStatistics {
    return { remaining: this.#remaining, waiting: this.#waiters.size };
  }
}
