/** How a scope ends: it waits for its children, disposes of its resources, then delivers what the body came to, or what went wrong. */

import { breakClosedCircles } from './deadlock/refusal.ts';
import type { FrameBody, FrameStep } from './frame.ts';
import type { Fiber } from './fiber.ts';
import { isThenable } from './plain-body.ts';
import type { Resource, Scope } from './scope.ts';
import { isAbort, keepWith, suppress } from './suppress.ts';
import type { Suspension, Wait } from './wait.ts';

/**
 * Stands in for the body of a frame (or ends a `group`) while the scope closes. A body that failed cancels the children first. The
 * wait for them cannot be withdrawn: structured means that nothing is left behind; the children's own grace bounds it.
 */
export class ScopeEnd implements FrameBody, Suspension, Wait {
  readonly #scope: Scope;
  #hasFailed: boolean;
  #outcome: unknown;
  #hasParked = false;
  /** How many of the scope's failures have had their say. */
  #judged = 0;
  /** Whether the body ended because the scope was cancelled, by a child that failed or by itself. */
  readonly #wasInterrupted: boolean;
  /** Whether the outcome is a cancellation that came from outside of the scope. */
  #isCancellation: boolean;
  /** The disposal under way, if it takes time. */
  #disposal: PromiseLike<void> | null = null;

  constructor(scope: Scope, hasFailed: boolean, outcome: unknown) {
    this.#scope = scope;
    this.#hasFailed = hasFailed;
    this.#outcome = outcome;
    this.#wasInterrupted = scope.beginEnd();
    this.#isCancellation = hasFailed && !this.#wasInterrupted && scope.hasCancelledChildren && isAbort(outcome);
    if (hasFailed) scope.abandon(outcome);
    else if (scope.mode === 'keep' && firstUnobserved(scope) !== undefined) scope.abandon(firstUnobserved(scope)?.value);
  }

  /** Whether it waits for a disposal, not for children. */
  get isDisposing(): boolean {
    return this.#disposal !== null;
  }

  get done(): false {
    return false;
  }

  get isExternal(): boolean {
    return this.#disposal !== null;
  }

  describe(): string {
    return this.#disposal === null ? 'the end of its children' : 'the disposal of a resource';
  }

  holders(): Iterable<Fiber> {
    return this.#scope.children();
  }

  next(): FrameStep {
    if (!this.#scope.isEmpty) return this;
    this.#meetInterrupt();
    this.#judge();
    if (this.#dispose()) return this;
    this.#meetInterrupt();
    this.#scope.close();
    if (this.#hasFailed) throw this.#outcome;
    return { done: true, value: this.#outcome };
  }

  /** After the grace period: a disposal that does not end is let go, and what it comes to is nobody's. */
  throw(error: unknown): FrameStep {
    if (this.#disposal !== null) this.#disposal.then(undefined, () => {});
    this.#disposal = null;
    this.#failWith(error);
    return this.next();
  }

  return(value: unknown): FrameStep {
    return { done: true, value };
  }

  [Symbol.iterator](): this {
    return this;
  }

  park(fiber: Fiber): void {
    this.#hasParked = true;
    if (this.#disposal !== null) {
      fiber.wait(this);
      this.#awaitDisposal(this.#disposal, fiber);
      return;
    }
    // Ordering: before it parks, because children that have not started end by it, and there may be none left to wait for.
    fiber.urge();
    if (this.#scope.isEmpty) {
      fiber.resume(undefined);
      return;
    }
    fiber.wait(this);
    this.#scope.awaitChildren();
    breakClosedCircles(fiber);
  }

  withdraw(fiber: Fiber, isForced: boolean): boolean {
    if (!isForced) return false;
    if (this.#disposal !== null) return true;
    fiber.urge();
    return false;
  }

  // -- resources --

  /** Disposes of resources, last one first, until one takes time. Returns whether one does. */
  #dispose(): boolean {
    for (let resource = this.#scope.takeResource(); resource !== undefined; resource = this.#scope.takeResource()) {
      try {
        const ended = disposeOf(resource);
        if (!isThenable(ended)) continue;
        this.#disposal = ended as PromiseLike<void>;
        return true;
      } catch (error) {
        this.#failWith(error);
      }
    }
    return false;
  }

  #awaitDisposal(disposal: PromiseLike<void>, fiber: Fiber): void {
    const ended = (): void => {
      // Else it was let go meanwhile, after the grace period.
      if (this.#disposal !== disposal) return;
      this.#disposal = null;
      fiber.resume(undefined);
    };
    disposal.then(ended, (error: unknown) => {
      if (this.#disposal === disposal) this.#failWith(error);
      ended();
    });
  }

  // -- the outcome --

  #failWith(error: unknown): void {
    if (this.#hasFailed) {
      suppress(this.#outcome, [error]);
      return;
    }
    this.#hasFailed = true;
    this.#outcome = error;
  }

  /**
   * An interrupt that came while the scope was ending has waited for that; now it takes the place of the outcome. What comes to a
   * shield from outside waits for the suspension after it.
   */
  #meetInterrupt(): void {
    const interrupt = this.#hasParked && !this.#scope.isShield ? this.#scope.fiber.takeInterrupt() : null;
    if (interrupt === null) return;
    if (this.#hasFailed) keepWith(interrupt, this.#outcome);
    this.#hasFailed = true;
    this.#outcome = interrupt;
    this.#isCancellation = true;
  }

  /**
   * Lets failures of children decide the outcome: the first failure of all is thrown raw, the others go along in `suppressed`. A
   * cancellation from outside stays the outcome.
   */
  #judge(): void {
    const { mode } = this.#scope;
    const failures = this.#scope.failures?.slice(this.#judged).filter((child) => mode !== 'keep' || !child.isObserved) ?? [];
    this.#judged = this.#scope.failures?.length ?? 0;
    const errors = failures.map((child) => child.value);
    if (errors.length === 0) return;
    if (mode === 'collect' && !this.#isCancellation) {
      this.#collect(errors);
      return;
    }
    if (!this.#hasFailed) {
      this.#failWith(errors.shift());
    } else if (this.#wasInterrupted && !this.#isCancellation) {
      // The body failed only because a child did, or because it was told to stop: what came first is the one to tell.
      const interrupted = this.#outcome;
      this.#outcome = errors.shift();
      keepWith(this.#outcome, interrupted);
    }
    suppress(this.#outcome, errors);
  }

  #collect(errors: readonly unknown[]): void {
    // The body may have failed with the error of a child that it has awaited, or because the group was told to stop.
    const earlier = this.#hasFailed && !(this.#wasInterrupted && isAbort(this.#outcome)) ? [this.#outcome] : [];
    const all = [...new Set([...earlier, ...errors])];
    this.#hasFailed = true;
    this.#outcome = new AggregateError(all, `Expected all of a group to succeed, got ${all.length} ${all.length === 1 ? 'failure' : 'failures'}`);
  }
}

function firstUnobserved(scope: Scope): Fiber | undefined {
  return scope.failures?.find((child) => !child.isObserved);
}

function disposeOf(resource: Resource): unknown {
  if (Symbol.asyncDispose in resource) return resource[Symbol.asyncDispose]();
  return resource[Symbol.dispose]();
}
