/** An error on its way into a fiber: into all of it, or into what runs inside one of its scopes and no further. */

import type { CancelTimer } from '../clock.ts';
import type { CancelledError } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import type { Scope } from './scope.ts';

export class Interruption {
  readonly error: CancelledError;
  /** Where it comes from, if not from the whole fiber. */
  readonly scope: Scope | null;
  /** Whether it has yet to be thrown. */
  isPending = true;
  /** Whether one from a wider place was thrown in its stead. */
  isOvertaken = false;
  /** Whether it was thrown, or a failure that took its place came of it. */
  isMet = false;
  /** Whether it is thrown at every suspension by now. */
  isGraceOver = false;
  readonly #fiber: Fiber;
  #cancelTimer: CancelTimer | null = null;

  constructor(fiber: Fiber, error: CancelledError, scope: Scope | null) {
    this.#fiber = fiber;
    this.error = error;
    this.scope = scope;
  }

  /** Whether it has been thrown, and the `finally` blocks that it leads to have their grace. */
  get isBeingCleanedUp(): boolean {
    return !this.isPending && !this.isGraceOver;
  }

  /** Whether it comes from `scope` or from a scope inside it. */
  isWithin(scope: Scope): boolean {
    for (let inner = this.scope; inner !== null; inner = inner.parent) if (inner === scope) return true;
    return false;
  }

  /** Whether the fiber is inside a shield that it comes from outside of. */
  get isShielded(): boolean {
    for (let inner = this.#fiber.scope; inner !== null && inner !== this.scope; inner = inner.parent) if (inner.isShield) return true;
    return false;
  }

  beginGrace(): void {
    const { clock, graceMs } = this.#fiber.host;
    this.#cancelTimer ??= clock.setTimer(() => {
      this.isGraceOver = true;
      this.#fiber.insist(this);
    }, graceMs);
  }

  endGrace(): void {
    this.#cancelTimer?.();
  }
}
