import type { CancelTimer, Clock } from '../clock.ts';
import type { Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { expectNumber } from '../options.ts';
import { currentFiber } from './current-task.ts';
import { ask, NOT_YET, type Admission, type QueuedWait } from './queued-wait.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Options of {@link RateLimiter}. */
export interface RateLimiterOptions extends Pick<SyncOptions, 'name'> {
  /** How many permits there are for each `perMs`; above 0. */
  readonly limit: number;
  /** The period in milliseconds; above 0. */
  readonly perMs: number;
  /** How many permits can be taken at once after a quiet time; an integer of at least 1. @default 1 */
  readonly burst?: number | undefined;
}

/** Counts of a {@link RateLimiter}. */
export interface RateLimiterStatistics {
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
  /** How many permits were handed out. */
  readonly granted: number;
  /** How many tasks wait for permits. */
  readonly waiting: number;
}

/**
 * Two moments that lie closer together are the same. The clock's numbers are milliseconds since the epoch, of which the finest step
 * is 0.0002 ms; without this a timer could fire a hair too early, and be set again for no time at all.
 */
const CLOCK_GRAIN_MS = 0.001;

/**
 * Spreads work over time: `limit` permits each `perMs`, at even distances, of which up to `burst` can be saved up.
 *
 * @remarks A token bucket, kept as the generic cell rate algorithm keeps it: by the moment at which the bucket is full again, which
 * is computed from whole counts, so that no error adds up. In a period of `perMs` at most `limit + burst - 1` permits are
 * handed out (rounded up). First come, first served, also between requests of different sizes. At most one timer is armed, whatever
 * the number of tasks that wait; a task that is cancelled leaves the queue and takes no permit. Time is the executor's clock; tasks
 * of several executors can share a limiter if they share the clock.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 * @example
 * ```ts
 * const limiter = new RateLimiter({ limit: 100, perMs: 60_000, burst: 10 });
 *
 * const request = task(function* (url: string) {
 *   yield* limiter.acquire();
 *   return yield* until((signal) => fetch(url, { signal }));
 * });
 * ```
 */
export class RateLimiter {
  readonly #limit: number;
  readonly #perMs: number;
  readonly #burst: number;
  readonly #label: string;
  #clock: Clock | null = null;
  /** When the bucket was last seen full, and how many permits were taken since. Together they tell when it is full again. */
  #anchorMs = -Infinity;
  #takenSince = 0;
  #granted = 0;
  #cancelTimer: CancelTimer | null = null;
  /** Invariant: when it is not empty, a timer is armed for its first request. */
  readonly #waiters = new WaitQueue<QueuedWait<void, number>>();
  readonly #acquiring: Admission<void, number>;

  /** @throws {TypeError} {RangeError} when an option is wrong */
  constructor(options: RateLimiterOptions) {
    const { label } = identify('rate limiter', options);
    this.#limit = expectNumber('limit', options.limit, { above: 0 });
    this.#perMs = expectNumber('perMs', options.perMs, { above: 0 });
    this.#burst = expectNumber('burst', options.burst ?? 1, { min: 1, integer: true });
    this.#label = label;
    this.#acquiring = {
      queue: this.#waiters,
      // The clock ends the wait.
      isExternal: true,
      isTimed: true,
      describe: (count) => `acquire(${count}) of ${label}`,
      admit: (fiber, count) => (this.#admit(fiber, count) ? undefined : NOT_YET),
      joined: () => {
        if (this.#waiters.size === 1) this.#serve();
      },
      left: () => this.#serve(),
    };
  }

  /**
   * Waits for `count` permits, and takes all of them at once.
   *
   * @param count an integer from 1 to `burst`. @default 1
   * @throws {TypeError} {RangeError} when `count` is wrong
   * @throws {TypeError} when the task's executor has another clock than those of the tasks before it
   */
  acquire(count = 1): Operation<void> {
    return ask(this.#acquiring, this.#expectCount(count));
  }

  /**
   * Takes `count` permits if they can be had now and nobody waits.
   *
   * @returns whether it took them
   * @throws {TypeError} outside of a task, whose executor's clock is needed
   */
  tryAcquire(count = 1): boolean {
    this.#expectCount(count);
    return this.#admit(currentFiber(`tryAcquire() of ${this.#label}`), count);
  }

  statistics(): RateLimiterStatistics {
    return { limit: this.#limit, perMs: this.#perMs, burst: this.#burst, granted: this.#granted, waiting: this.#waiters.size };
  }

  #expectCount(count: number): number {
    return expectNumber('count', count, { min: 1, max: this.#burst, integer: true });
  }

  #admit(fiber: Fiber, count: number): boolean {
    const { clock } = fiber.host;
    this.#clock ??= clock;
    if (clock !== this.#clock) throw new TypeError(`Expected all tasks that use ${this.#label} to share a clock, got task ${fiber.name} of an executor with another one`);
    const nowMs = clock.now();
    if (this.#waiters.size > 0 || this.#readyAtMs(count) > nowMs + CLOCK_GRAIN_MS) return false;
    this.#take(count, nowMs);
    return true;
  }

  /** When so many permits will have flowed into the bucket since its anchor. */
  #timeOfMs(permits: number): number {
    return this.#anchorMs + (permits * this.#perMs) / this.#limit;
  }

  /** When the bucket will hold `count` permits. */
  #readyAtMs(count: number): number {
    return this.#timeOfMs(this.#takenSince + count - this.#burst);
  }

  #take(count: number, nowMs: number): void {
    // Full for a while: what would have flowed in since is lost, and the count begins anew. Full just now: the count goes on.
    if (nowMs > this.#timeOfMs(this.#takenSince) + CLOCK_GRAIN_MS) {
      this.#anchorMs = nowMs;
      this.#takenSince = 0;
    }
    this.#takenSince += count;
    this.#granted += count;
  }

  /** Lets through who can go now, and arms the timer for the first who cannot. */
  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    for (let next = this.#waiters.first; next !== null; next = this.#waiters.first) {
      // Invariant: whoever waits has set the clock.
      const clock = this.#clock as Clock;
      const nowMs = clock.now();
      const delayMs = this.#readyAtMs(next.request) - nowMs;
      if (delayMs > CLOCK_GRAIN_MS) {
        // It may fire early, as timers of whole milliseconds do: then it is armed once more.
        this.#cancelTimer = clock.setTimer(() => this.#serve(), delayMs);
        return;
      }
      this.#waiters.remove(next);
      this.#take(next.request, nowMs);
      next.grant();
    }
  }
}
