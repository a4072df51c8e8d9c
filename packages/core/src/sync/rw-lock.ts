import type { Operation } from '../coroutine.ts';
import { FairLock, type LockRequest } from './fair-lock.ts';
import type { LockGuard } from './lock-guard.ts';
import { identify, type SyncOptions } from './sync-options.ts';

/** Counts of an {@link RwLock}. */
export interface RwLockStatistics {
  /** How many tasks hold it for reading. */
  readonly readers: number;
  /** How many tasks hold it for writing: 0 or 1. */
  readonly writers: number;
  /** How many tasks wait for it, in either mode. */
  readonly waiting: number;
}

const READING: LockRequest = { isExclusive: false, method: 'read' };
const WRITING: LockRequest = { isExclusive: true, method: 'write' };

/**
 * Lets many tasks read at a time, or one write.
 *
 * @remarks Strictly first come, first served, so neither side starves: who comes to read while a task waits to write goes behind it,
 * and when the writer is done, all readers at the head of the queue go in together. A task holds the lock once: asking again in
 * either mode is refused, because with a writer waiting in between it would wait for itself. Holders, guards and cancellation are as
 * for {@link Mutex}.
 * @example
 * ```ts
 * const lock = new RwLock({ name: 'routes' });
 *
 * const route = task(function* (path: string) {
 *   using guard = yield* lock.read();
 *   return yield* lookUp(path);
 * });
 * const reload = task(function* () {
 *   using guard = yield* lock.write();
 *   yield* loadRoutes();
 * });
 * ```
 */
export class RwLock {
  readonly #lock: FairLock;

  /** @throws {TypeError} when an option has the wrong type */
  constructor(options: SyncOptions = {}) {
    this.#lock = new FairLock(identify('rw-lock', options));
  }

  /**
   * Waits until the task may read and gives the guard that lets it.
   *
   * @throws {DeadlockError} when the task holds the lock already
   */
  read(): Operation<LockGuard> {
    return this.#lock.acquire(READING);
  }

  /**
   * Waits until the task may write and gives the guard that lets it.
   *
   * @throws {DeadlockError} when the task holds the lock already
   */
  write(): Operation<LockGuard> {
    return this.#lock.acquire(WRITING);
  }

  /**
   * Begins to read if nobody writes or waits.
   *
   * @throws {DeadlockError} when the task holds the lock already
   * @throws {TypeError} outside of a task
   */
  tryRead(): LockGuard | undefined {
    return this.#lock.tryAcquire(READING, 'tryRead');
  }

  /**
   * Begins to write if nobody holds the lock.
   *
   * @throws {DeadlockError} when the task holds the lock already
   * @throws {TypeError} outside of a task
   */
  tryWrite(): LockGuard | undefined {
    return this.#lock.tryAcquire(WRITING, 'tryWrite');
  }

  statistics(): RwLockStatistics {
    const { isExclusive, held, waiting } = this.#lock;
    return { readers: isExclusive ? 0 : held, writers: isExclusive ? held : 0, waiting };
  }
}
