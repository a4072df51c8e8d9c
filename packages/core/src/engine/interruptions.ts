/**
 * The interruptions of one fiber that have not been forgotten: what is thrown next, and what has to wait.
 *
 * Of several, the one from the widest place is thrown, and goes for those from narrower places. While a narrower place cleans up
 * after one of its own, a wider one waits until that place has ended, or its grace is over: so a `finally` block is not cut short by a
 * cancellation that comes second.
 */

import type { CancelledError } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { Interruption } from './interruption.ts';
import { scopesOutside, type Scope } from './scope.ts';
import { isAbort, suppress, suppressedOf } from './suppress.ts';

export class Interruptions {
  readonly #fiber: Fiber;
  /** Invariant: all come from scopes that are open, or from the whole fiber; those from wider places first. */
  #list: Interruption[] = [];

  constructor(fiber: Fiber) {
    this.#fiber = fiber;
  }

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Whether one was thrown, or led to the failure that took its place. */
  get hasMet(): boolean {
    return this.#list.some((one) => one.isMet);
  }

  /** Adds one, and throws it if the fiber is parked and nothing holds it back. */
  add(error: CancelledError, scope: Scope | null): void {
    const interruption = new Interruption(this.#fiber, error, scope);
    const narrower = this.#list.findIndex((other) => scope === null || other.isWithin(scope));
    this.#list.splice(narrower < 0 ? this.#list.length : narrower, 0, interruption);
    if (!interruption.isShielded) this.#deliver(interruption);
  }

  /** Delivers to a parked fiber at once; a running or ready one meets the interruption at its next suspension. */
  #deliver(interruption: Interruption): void {
    interruption.beginGrace();
    const fiber = this.#fiber;
    if (fiber.state !== 'awaiting' || !this.#isDue(interruption)) return;
    if (fiber.waitingFor?.withdraw(fiber, false, interruption.error) !== true) return;
    fiber.resumeWithError(this.#meet(interruption));
  }

  /** The grace period of `interruption` is over. */
  insist(interruption: Interruption): void {
    const fiber = this.#fiber;
    if (interruption.isShielded || fiber.state !== 'awaiting' || fiber.waitingFor?.withdraw(fiber, true, interruption.error) !== true) return;
    // One from a wider place may have waited for this moment.
    fiber.resumeWithError(this.take() ?? this.#meet(interruption));
  }

  /** Returns the error that a suspension about to begin must throw instead, if any. */
  take(): CancelledError | null {
    const interruption = this.due;
    return interruption === undefined ? null : this.#meet(interruption);
  }

  /** See {@link Fiber.supersede}. */
  supersede(error: unknown, cameOfIt: boolean): unknown {
    const interruption = this.due;
    if (interruption === undefined) return error;
    if (!isAbort(error)) {
      this.#overtake(interruption);
      interruption.isMet = cameOfIt;
      return error;
    }
    suppress(interruption.error, suppressedOf(error));
    return this.#meet(interruption);
  }

  /** The one to be thrown next, if nothing holds it back. */
  get due(): Interruption | undefined {
    return this.#list.find((one) => this.#isDue(one));
  }

  /** One whose grace period is over: it is thrown at every suspension. */
  get insistent(): Interruption | undefined {
    return this.#list.find((one) => one.isGraceOver && !one.isShielded);
  }

  /** Whether `interruption` has yet to be thrown, and nothing holds it back: no shield, and no cleaning up in a narrower place. */
  #isDue(interruption: Interruption): boolean {
    if (!interruption.isPending || interruption.isShielded) return false;
    return !this.#narrowerThan(interruption).some((narrower) => narrower.isBeingCleanedUp);
  }

  #narrowerThan(interruption: Interruption): Interruption[] {
    return this.#list.slice(this.#list.indexOf(interruption) + 1);
  }

  /** Returns the error of `interruption`, which is thrown now. */
  #meet(interruption: Interruption): CancelledError {
    this.#overtake(interruption);
    interruption.isMet = true;
    return interruption.error;
  }

  /** `interruption` is over with what is thrown now, and so are those from narrower places. */
  #overtake(interruption: Interruption): void {
    interruption.isPending = false;
    for (const narrower of this.#narrowerThan(interruption)) {
      if (narrower.isPending) narrower.isOvertaken = true;
      narrower.isPending = false;
    }
    // To what was opened or spawned since it came.
    this.#passOn(interruption);
  }

  /** See {@link Fiber.urge}. */
  urge(): void {
    const interruption = this.insistent ?? this.due;
    if (interruption !== undefined) this.#passOn(interruption);
  }

  #passOn({ error, scope: origin }: Interruption): void {
    for (const scope of scopesOutside(this.#fiber.scope, origin)) scope.passOn(error);
    origin?.passOn(error);
  }

  /** The widest place inside `origin` that cleans up: a cancellation from `origin` does not reach what is inside of it. */
  cleaningUpInside(origin: Scope | null): Scope | null {
    return this.#list.find((one) => one.isBeingCleanedUp && one.scope !== origin && (origin === null || one.isWithin(origin)))?.scope ?? null;
  }

  /**
   * Forgets what interrupted the body of `scope` on behalf of it.
   *
   * @returns whether there was such an interruption, and it was not overtaken by one from outside of the scope
   */
  end(scope: Scope): boolean {
    const ended = this.#list.filter((interruption) => interruption.scope === scope);
    for (const interruption of ended) interruption.endGrace();
    this.#list = this.#list.filter((interruption) => interruption.scope !== scope);
    return ended.some((interruption) => !interruption.isOvertaken);
  }

  /** A shield has ended: what waited for that begins to count. */
  shieldEnded(): void {
    for (const interruption of this.#list) if (interruption.isPending && !interruption.isShielded) interruption.beginGrace();
  }

  /** Leaves no timer behind. */
  endGrace(): void {
    for (const interruption of this.#list) interruption.endGrace();
  }
}
