import type { Operation } from '../coroutine.ts';
import { BrokenBarrierError } from '../errors.ts';
import { expectNumber } from '../options.ts';
import { ask, NOT_YET, type Admission, type QueuedWait } from './queued-wait.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Counts of a {@link Barrier}. */
export interface BarrierStatistics {
  /** How many tasks have to arrive. */
  readonly parties: number;
  /** How many have arrived and wait for the others. */
  readonly waiting: number;
  /** How many times it was passed. */
  readonly passed: number;
  readonly isBroken: boolean;
}

/**
 * Holds tasks until a number of them have arrived, then lets all go on, and is ready for the next round.
 *
 * @remarks A task that is cancelled while it waits breaks the barrier, because the others would wait for it in vain: they all get
 * a `BrokenBarrierError`, and so does whoever comes later, until `reset`. A task that is cancelled once all have arrived breaks
 * nothing; it meets its cancellation at its next suspension.
 * @example
 * ```ts
 * const barrier = new Barrier(4);
 *
 * const worker = task(function* (rows: Rows) {
 *   for (let round = 0; round < rounds; round++) {
 *     yield* relax(rows);
 *     const arrival = yield* barrier.wait();
 *     if (arrival === 0) report(round); // one of them, exactly
 *   }
 * });
 * ```
 */
export class Barrier {
  readonly #parties: number;
  readonly #label: string;
  #passed = 0;
  /** Why it is broken, `null` while it is not. */
  #defect: string | null = null;
  /** Who has arrived in this round. Invariant: in order of arrival without gaps, because who leaves breaks the barrier. */
  readonly #waiters = new WaitQueue<QueuedWait<number, void>>();
  readonly #waiting: Admission<number, void>;

  /**
   * @param parties how many tasks have to arrive; an integer of at least 1
   * @throws {TypeError} {RangeError} when an argument is wrong
   */
  constructor(parties: number, options: SyncOptions = {}) {
    this.#parties = expectNumber('parties', parties, { min: 1, integer: true });
    const { label, isExternal } = identify('barrier', options);
    this.#label = label;
    this.#waiting = {
      queue: this.#waiters,
      isExternal,
      describe: () => `wait() at ${label}`,
      admit: () => this.#arrive(),
      left: (waiter) => this.#break(`task ${waiter.fiber.name} was cancelled while it waited`),
    };
  }

  /**
   * Waits until all parties have arrived.
   *
   * @returns the place in the order of arrival, from 0 to `parties - 1`
   * @throws {BrokenBarrierError} when the barrier is broken, or breaks meanwhile
   */
  wait(): Operation<number> {
    return ask(this.#waiting, undefined);
  }

  /** Whether a task that waited was cancelled, and the barrier has not been reset since. */
  get isBroken(): boolean {
    return this.#defect !== null;
  }

  /** Makes the barrier as new. Tasks that wait at it get a `BrokenBarrierError`. */
  reset(): void {
    this.#break('it was reset');
    this.#defect = null;
  }

  statistics(): BarrierStatistics {
    return { parties: this.#parties, waiting: this.#waiters.size, passed: this.#passed, isBroken: this.isBroken };
  }

  #arrive(): number | typeof NOT_YET {
    if (this.#defect !== null) throw this.#brokenBy(this.#defect);
    const place = this.#waiters.size;
    if (place < this.#parties - 1) return NOT_YET;
    this.#passed++;
    for (let index = 0, next = this.#waiters.shift(); next !== null; index++, next = this.#waiters.shift()) next.grant(index);
    return place;
  }

  #break(defect: string): void {
    this.#defect = defect;
    for (let next = this.#waiters.shift(); next !== null; next = this.#waiters.shift()) next.refuse(this.#brokenBy(defect));
  }

  #brokenBy(defect: string): BrokenBarrierError {
    return new BrokenBarrierError(`Expected all ${this.#parties} parties to arrive at ${this.#label}, but ${defect}`);
  }
}
