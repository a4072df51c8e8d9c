import type { Operation } from '../coroutine.ts';
import { FairLock, type LockRequest } from './fair-lock.ts';
import type { LockGuard } from './lock-guard.ts';
import { holding, type ScopedBody } from './scoped.ts';
import { identify, type SyncOptions } from './sync-options.ts';

/** Counts of a {@link Mutex}. */
export interface MutexStatistics {
  /** How many tasks hold it: 0 or 1. */
  readonly held: number;
  /** How many tasks wait for it. */
  readonly waiting: number;
}

/** The lock of a mutex, for `Condition`. Not exported from the package. */
export const LOCK: unique symbol = Symbol('lock');

const LOCKING: LockRequest = { isExclusive: true, method: 'lock' };

/**
 * Lets one task at a time into a section that spans suspensions. (Between two suspensions nothing else runs anyway.)
 *
 * @remarks First come, first served: releasing hands the lock to the task that has waited longest. The holder is the task; calls that
 * it awaits hold it too, unless they run as tasks of their own (`spawn`, `all`, calls with a time limit). Taking a free lock does
 * not suspend. A task that is cancelled while it waits leaves the queue; one that has been given the lock gets it, and meets its
 * cancellation at its next suspension.
 * @example
 * ```ts
 * const mutex = new Mutex({ name: 'balance' });
 *
 * const transfer = task(function* (amount: number) {
 *   using guard = yield* mutex.lock();
 *   const balance = yield* readBalance();
 *   yield* writeBalance(balance + amount);
 * });
 *
 * yield* mutex.with(() => writeBalance(0)); // the same without a block of its own
 * ```
 */
export class Mutex {
  readonly [LOCK]: FairLock;

  /** @throws {TypeError} when an option has the wrong type */
  constructor(options: SyncOptions = {}) {
    this[LOCK] = new FairLock(identify('mutex', options));
  }

  /**
   * Waits for the lock and gives the guard that holds it.
   *
   * @throws {DeadlockError} when the task holds it already
   */
  lock(): Operation<LockGuard> {
    return this[LOCK].acquire(LOCKING);
  }

  /**
   * Takes the lock if it is free and nobody waits for it.
   *
   * @throws {DeadlockError} when the task holds it already
   * @throws {TypeError} outside of a task
   */
  tryLock(): LockGuard | undefined {
    return this[LOCK].tryAcquire(LOCKING, 'tryLock');
  }

  /**
   * Runs `body` while the task holds the lock, and gives its value. The lock is released however the body ends.
   *
   * @throws {TypeError} when `body` is no function, or returns nothing to await
   * @throws {DeadlockError} when the task holds it already
   */
  with<R>(body: ScopedBody<R>): Operation<R> {
    return holding('mutex.with()', this.lock(), release, body);
  }

  statistics(): MutexStatistics {
    return { held: this[LOCK].held, waiting: this[LOCK].waiting };
  }
}

function release(guard: LockGuard): void {
  guard.release();
}
