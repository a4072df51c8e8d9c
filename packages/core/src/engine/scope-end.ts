/** How a scope ends: it waits for its children, disposes of its resources, then delivers what the body came to, or what went wrong. */

import { breakClosedCircle } from './deadlock/refusal.ts';
import type { FrameBody, FrameStep } from './frame.ts';
import type { Fiber } from './fiber.ts';
import { isThenable } from './plain-body.ts';
import type { Resource, Scope } from './scope.ts';
import { suppress } from './suppress.ts';
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
  #isJudged = false;
  /** The disposal under way, if it takes time. */
  #disposal: PromiseLike<void> | null = null;

  constructor(scope: Scope, hasFailed: boolean, outcome: unknown) {
    this.#scope = scope;
    this.#hasFailed = hasFailed;
    this.#outcome = outcome;
    scope.beginEnd();
    if (hasFailed) scope.cancel(outcome);
    else if (scope.mode === 'keep' && firstUnobserved(scope) !== undefined) scope.cancel(firstUnobserved(scope)?.value);
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
    this.#judge();
    if (this.#dispose()) return this;
    this.#scope.close();
    if (this.#hasFailed) throw this.#outcome;
    // An interrupt that came while the children finished has waited for them; now it takes the place of the value.
    const interrupt = this.#hasParked ? this.#scope.fiber.takeInterrupt() : null;
    if (interrupt !== null) throw interrupt;
    return { done: true, value: this.#outcome };
  }

  /** After the grace period: a disposal that does not end is let go. */
  throw(error: unknown): FrameStep {
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
    fiber.wait(this);
    if (this.#disposal !== null) {
      this.#awaitDisposal(this.#disposal, fiber);
      return;
    }
    this.#scope.awaitChildren();
    breakClosedCircle(fiber);
  }

  withdraw(_fiber: Fiber, isForced: boolean): boolean {
    if (!isForced || this.#disposal === null) return false;
    this.#disposal = null;
    return true;
  }

  // ── resources ──

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
      // Let go meanwhile, after the grace period.
      if (this.#disposal !== disposal) return;
      this.#disposal = null;
      fiber.resume(undefined);
    };
    disposal.then(ended, (error: unknown) => {
      if (this.#disposal === disposal) this.#failWith(error);
      ended();
    });
  }

  // ── the outcome ──

  #failWith(error: unknown): void {
    if (this.#hasFailed) {
      suppress(this.#outcome, [error]);
      return;
    }
    this.#hasFailed = true;
    this.#outcome = error;
  }

  /** Lets failures of children decide the outcome: the first one is thrown raw, the others go along in `suppressed`. */
  #judge(): void {
    if (this.#isJudged) return;
    this.#isJudged = true;
    const { failures, mode, cancelError } = this.#scope;
    if (failures === null) return;
    const errors = failures.filter((child) => mode !== 'keep' || !child.isObserved).map((child) => child.value);
    if (mode === 'collect') {
      this.#collect(errors);
    } else if (!this.#hasFailed) {
      if (errors.length === 0) return;
      this.#failWith(errors.shift());
    } else if (mode !== 'keep' && cancelError !== null && this.#outcome === cancelError) {
      // The body failed only because a child did: the child's error is the one to tell.
      this.#outcome = errors.shift();
    }
    suppress(this.#outcome, errors);
  }

  #collect(errors: unknown[]): void {
    const all = this.#hasFailed ? [this.#outcome, ...errors] : [...errors];
    errors.length = 0;
    this.#hasFailed = true;
    this.#outcome = new AggregateError(all, `${all.length} of the group's tasks failed`);
  }
}

function firstUnobserved(scope: Scope): Fiber | undefined {
  return scope.failures?.find((child) => !child.isObserved);
}

function disposeOf(resource: Resource): unknown {
  if (Symbol.asyncDispose in resource) return resource[Symbol.asyncDispose]();
  return resource[Symbol.dispose]();
}
