import type { Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { breakClosedCircles } from '../engine/deadlock/refusal.ts';
import { engine } from '../engine/state.ts';
import { operation, Waiting } from '../engine/wait.ts';
import { describe, expectNumber } from '../options.ts';
import { currentTaskName } from './current-task.ts';
import type { FairLock, LockRequest, LockWaiter } from './fair-lock.ts';
import type { Hold } from './lock-guard.ts';
import { LOCK, type Mutex } from './mutex.ts';
import { identify, type Identity, type SyncOptions } from './sync-options.ts';
import { WaitQueue, type Queued } from './wait-queue.ts';

/** Counts of a {@link Condition}. */
export interface ConditionStatistics {
  /** How many tasks wait to be notified. Those that were notified and wait for the mutex count there. */
  readonly waiting: number;
}

/**
 * Lets tasks that hold a mutex wait until another task has changed what the mutex protects.
 *
 * @remarks Tasks are notified in order of arrival, and queue for the mutex in that order. Between the notification and the return of
 * `wait` others may hold the mutex and undo what was waited for, so `wait` in a loop that looks again. However `wait` ends, by a
 * notification or by cancellation, the task holds the mutex again; so a cancelled task goes on only when the mutex is free for it. A
 * task that is cancelled after it was notified returns normally and meets its cancellation at its next suspension: no notification is
 * lost.
 * @example
 * ```ts
 * const mutex = new Mutex();
 * const notEmpty = new Condition(mutex);
 *
 * const consumer = task(function* () {
 *   using guard = yield* mutex.lock();
 *   while (jobs.length === 0) yield* notEmpty.wait();
 *   return jobs.shift();
 * });
 * const producer = task(function* (job: Job) {
 *   using guard = yield* mutex.lock();
 *   jobs.push(job);
 *   notEmpty.notify();
 * });
 * ```
 */
export class Condition {
  readonly #identity: Identity;
  readonly #lock: FairLock;
  readonly #waiters = new WaitQueue<ConditionWait>();

  /**
   * @param mutex what its waiters hold
   * @throws {TypeError} when an argument has the wrong type
   */
  constructor(mutex: Mutex, options: SyncOptions = {}) {
    const lock = (mutex as Partial<Mutex> | null | undefined)?.[LOCK];
    if (lock === undefined) throw new TypeError(`Expected a condition's \`mutex\` to be a Mutex, got ${describe(mutex)}`);
    this.#lock = lock;
    this.#identity = identify('condition', options);
  }

  /**
   * Releases the mutex, waits to be notified, and takes the mutex again.
   *
   * @throws {TypeError} when the task does not hold the mutex
   */
  wait(): Operation<void> {
    return operation(() => new ConditionWait(this.#identity, this.#waiters, this.#lock));
  }

  /**
   * Notifies the tasks that have waited longest. May be called with or without the mutex, inside tasks or outside.
   *
   * @param count how many at most; an integer of at least 1. @default 1
   * @throws {TypeError} {RangeError} when `count` is wrong
   */
  notify(count = 1): void {
    expectNumber('count', count, { min: 1, integer: true });
    for (let left = count; left > 0 && this.#waiters.size > 0; left--) this.#waiters.shift()?.notified();
  }

  /** Notifies all tasks that wait. */
  notifyAll(): void {
    if (this.#waiters.size > 0) this.notify(this.#waiters.size);
  }

  statistics(): ConditionStatistics {
    return { waiting: this.#waiters.size };
  }
}

/**
 * One wait, which stands in two queues one after the other: the condition's until it is notified or cancelled, then the mutex's. The
 * second part cannot be withdrawn, not even after the grace period: the task's body would go on in a section that it does not hold.
 */
class ConditionWait extends Waiting<void> implements LockWaiter {
  queue: object | null = null;
  before: Queued | null = null;
  after: Queued | null = null;
  readonly #identity: Identity;
  readonly #waiters: WaitQueue<ConditionWait>;
  readonly #lock: FairLock;
  #request: LockRequest | null = null;
  #fiber: Fiber | null = null;
  /** Whether it was cancelled before it was notified. */
  #isWithdrawn = false;

  constructor(identity: Identity, waiters: WaitQueue<ConditionWait>, lock: FairLock) {
    super();
    this.#identity = identity;
    this.#waiters = waiters;
    this.#lock = lock;
  }

  /** Invariant: set when it is parked, and so are the request's hold; the lock looks at neither before. */
  get fiber(): Fiber {
    return this.#fiber as Fiber;
  }

  get request(): LockRequest {
    return this.#request as LockRequest;
  }

  override get isExternal(): boolean {
    return this.#isAtMutex ? this.#lock.isExternal : this.#identity.isExternal;
  }

  describe(): string {
    return `wait() for ${this.#identity.label} of ${this.#lock.label}`;
  }

  holders(): Iterable<Fiber> {
    return this.#isAtMutex ? this.#lock.holders() : [];
  }

  get #isAtMutex(): boolean {
    return this.queue !== null && this.queue !== this.#waiters;
  }

  override next(value?: unknown): ReturnType<Waiting<void>['next']> {
    const { fiber } = engine;
    if (fiber !== null && this.#fiber === null) {
      const hold = this.#lock.holdOf(fiber);
      if (hold === undefined) {
        throw new TypeError(`Expected ${this.describe()} by the task that holds the mutex, got one by ${currentTaskName()}, which does not`);
      }
      this.#request = { isExclusive: true, method: 'lock', hold };
    }
    if (!this.#isWithdrawn) return super.next(value);
    this.#isWithdrawn = false;
    const interrupt = fiber?.takeInterrupt();
    if (interrupt != null) throw interrupt;
    // Whatever interrupted it has been called off while it waited for the mutex: it waits on, and parks once more.
    return this;
  }

  protected arm(fiber: Fiber): void {
    this.#fiber = fiber;
    this.#waiters.push(this);
    this.#lock.unlock(this.#hold);
  }

  /** Invariant: set from the first `next` on. */
  get #hold(): Hold {
    return this.request.hold as Hold;
  }

  /** The condition has taken it out of its queue. */
  notified(): void {
    this.#lock.reacquire(this);
    // Whoever holds the mutex may wait for this task.
    if (this.#isAtMutex) breakClosedCircles(this.fiber);
  }

  grant(): void {
    this.succeed();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  override withdraw(fiber: Fiber, isForced: boolean, error?: Error): boolean {
    if (!this.#waiters.remove(this)) return false;
    if (this.#lock.tryReacquire(this.#hold)) return super.withdraw(fiber, isForced, error);
    this.#isWithdrawn = true;
    this.#lock.reacquire(this);
    return false;
  }

  protected disarm(): void {}
}
