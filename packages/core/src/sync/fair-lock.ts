/**
 * The lock behind `Mutex` and `RwLock`: held by one fiber, or shared by several; strictly first come, first served in both modes.
 *
 * Who asks for a shared hold while an exclusive one waits goes behind it, so writers do not starve; when the lock becomes free, all
 * shared requests at the head of the queue are let in together, so readers do not starve either (phase-fair).
 */

import type { Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { DeadlockError } from '../errors.ts';
import { currentFiber } from './current-task.ts';
import { Hold, type GuardedLock, type LockGuard } from './lock-guard.ts';
import { ask, NOT_YET, type Admission, type Waiter } from './queued-wait.ts';
import type { Identity } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** What is asked of a lock. */
export interface LockRequest {
  readonly isExclusive: boolean;
  /** The method that asks: `lock`. */
  readonly method: string;
  /** Set when a holder that let go for a while, to wait at a condition, asks for its hold back. */
  readonly hold?: Hold;
}

/** Who waits for a lock. */
export interface LockWaiter extends Waiter<Hold> {
  readonly fiber: Fiber;
  readonly request: LockRequest;
}

export class FairLock implements GuardedLock {
  readonly label: string;
  /** Invariant: when it is not empty, its first waiter cannot be let in yet. */
  readonly #waiters = new WaitQueue<LockWaiter>();
  readonly #admission: Admission<Hold, LockRequest, LockWaiter>;
  /** Invariant: at most one while the lock is held exclusively. */
  readonly #holds = new Map<Fiber, Hold>();
  #isExclusive = false;

  constructor({ label, isExternal }: Identity) {
    this.label = label;
    this.#admission = {
      queue: this.#waiters,
      isExternal,
      describe: (request) => this.#describe(request),
      admit: (fiber, request) => this.#admit(fiber, request),
      // An exclusive request that is cancelled may have been all that kept the shared ones behind it out.
      left: () => this.#handOver(),
      holders: (request) => this.#holdersFor(request),
    };
  }

  acquire(request: LockRequest): Operation<LockGuard> {
    return ask(this.#admission, request);
  }

  tryAcquire(request: LockRequest, method: string): LockGuard | undefined {
    const hold = this.#admit(currentFiber(`${method}() of ${this.label}`), request);
    return hold === NOT_YET ? undefined : hold;
  }

  /** Lets go of `hold`. The hold itself stays usable for {@link reacquire}. */
  unlock(hold: Hold): void {
    this.#holds.delete(hold.fiber);
    this.#handOver();
  }

  /** Gives a waiter its hold back as soon as those before it have had theirs; at once, if the lock is free. */
  reacquire(waiter: LockWaiter): void {
    this.#waiters.push(waiter);
    this.#handOver();
  }

  /** Takes `hold` back if the lock is free. */
  tryReacquire(hold: Hold): boolean {
    if (this.#holds.size > 0) return false;
    this.#take(hold, true);
    return true;
  }

  holdOf(fiber: Fiber): Hold | undefined {
    return this.#holds.get(fiber);
  }

  holders(): Iterable<Fiber> {
    return this.#holds.keys();
  }

  /** Who must act before `request` can be let in. A shared one that could join the holders waits for the exclusive one before it. */
  #holdersFor({ isExclusive }: LockRequest): Iterable<Fiber> {
    const { first } = this.#waiters;
    const isBehind = !isExclusive && !this.#isExclusive && first !== null;
    return isBehind ? [first.fiber] : this.holders();
  }

  get isExternal(): boolean {
    return this.#admission.isExternal;
  }

  /** Whether one fiber holds it for itself alone. */
  get isExclusive(): boolean {
    return this.#isExclusive && this.#holds.size > 0;
  }

  /** How many fibers hold it. */
  get held(): number {
    return this.#holds.size;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  #describe({ method }: LockRequest): string {
    return `${method}() of ${this.label}`;
  }

  #admit(fiber: Fiber, request: LockRequest): Hold | typeof NOT_YET {
    if (this.#holds.has(fiber)) {
      throw new DeadlockError(`Expected task ${fiber.name} to release ${this.label} first, got ${request.method}() by its holder: it would wait for itself`, {
        circle: [fiber.id],
      });
    }
    if (this.#waiters.size > 0 || !this.#isFreeFor(request)) return NOT_YET;
    return this.#take(new Hold(this, fiber), request.isExclusive);
  }

  #isFreeFor({ isExclusive }: LockRequest): boolean {
    return this.#holds.size === 0 || (!isExclusive && !this.#isExclusive);
  }

  #take(hold: Hold, isExclusive: boolean): Hold {
    this.#holds.set(hold.fiber, hold);
    this.#isExclusive = isExclusive;
    return hold;
  }

  /** Lets in whoever is first, and those behind as far as they can hold it together. */
  #handOver(): void {
    for (let next = this.#waiters.first; next !== null && this.#isFreeFor(next.request); next = this.#waiters.first) {
      this.#waiters.remove(next);
      const { fiber, request } = next;
      next.grant(this.#take(request.hold ?? new Hold(this, fiber), request.isExclusive));
    }
  }
}
