import type { Operation } from '../coroutine.ts';
import { ask, NOT_YET, type Admission, type QueuedWait } from './queued-wait.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Counts of an {@link Event}. */
export interface EventStatistics {
  readonly isSet: boolean;
  /** How many tasks wait for it. */
  readonly waiting: number;
}

/**
 * A flag that tasks wait for.
 *
 * @remarks `set` wakes every task that waits at that moment, in order of arrival, even if the flag is cleared before their turn.
 * Waiting for a flag that is set does not suspend. `set` and `clear` may be called anywhere; give the option `external` when they
 * are called outside of tasks.
 * @example
 * ```ts
 * const drained = new Event({ name: 'drained', external: true });
 * socket.on('drain', () => drained.set());
 *
 * const write = task(function* (chunk: Uint8Array) {
 *   if (!socket.write(chunk)) {
 *     drained.clear();
 *     yield* drained.wait();
 *   }
 * });
 * ```
 */
export class Event {
  #isSet = false;
  readonly #waiters = new WaitQueue<QueuedWait<void, void>>();
  readonly #waiting: Admission<void, void>;

  /** @throws {TypeError} when an option has the wrong type */
  constructor(options: SyncOptions = {}) {
    const { label, isExternal } = identify('event', options);
    this.#waiting = {
      queue: this.#waiters,
      isExternal,
      describe: () => `wait() for ${label}`,
      admit: () => (this.#isSet ? undefined : NOT_YET),
    };
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  /** Sets the flag and wakes all who wait. Has no effect when it is set. */
  set(): void {
    this.#isSet = true;
    for (let next = this.#waiters.shift(); next !== null; next = this.#waiters.shift()) next.grant();
  }

  /** Clears the flag, so that `wait` waits again. */
  clear(): void {
    this.#isSet = false;
  }

  /** Waits until the flag is set. */
  wait(): Operation<void> {
    return ask(this.#waiting, undefined);
  }

  statistics(): EventStatistics {
    return { isSet: this.#isSet, waiting: this.#waiters.size };
  }
}
