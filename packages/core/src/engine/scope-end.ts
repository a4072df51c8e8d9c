/** How a scope ends: it waits for its children, then delivers what the body returned, or the first thing that went wrong. */

import { InternalError } from '../errors.ts';
import type { FrameBody, FrameStep } from './frame-body.ts';
import type { Fiber } from './fiber.ts';
import type { Scope } from './scope.ts';
import type { Suspension, Wait } from './wait.ts';

/**
 * Stands in for the body of a frame (or ends a `group`) while the scope's children finish. A body that failed cancels them
 * first. The wait cannot be withdrawn: structured means that nothing is left behind; the children's own grace bounds it.
 */
export class ScopeEnd implements FrameBody, Suspension, Wait {
  readonly #scope: Scope;
  #hasFailed: boolean;
  #outcome: unknown;
  #hasParked = false;

  constructor(scope: Scope, hasFailed: boolean, outcome: unknown) {
    this.#scope = scope;
    this.#hasFailed = hasFailed;
    this.#outcome = outcome;
    scope.beginEnd();
    if (hasFailed) scope.cancel(outcome);
    else if (firstUnobserved(scope) !== undefined) scope.cancel(firstUnobserved(scope)?.value);
  }

  get done(): false {
    return false;
  }

  get isExternal(): boolean {
    return false;
  }

  describe(): string {
    return 'the end of its children';
  }

  holders(): Iterable<Fiber> {
    return this.#scope.children();
  }

  next(): FrameStep {
    if (this.#scope.hasChildren) return this;
    this.#scope.close();
    this.#judge();
    if (this.#hasFailed) throw this.#outcome;
    // An interrupt that came while the children finished has waited for them; now it takes the place of the value.
    const interrupt = this.#hasParked ? this.#scope.fiber.takeInterrupt() : null;
    if (interrupt !== null) throw interrupt;
    return { done: true, value: this.#outcome };
  }

  throw(error: unknown): never {
    throw new InternalError('Expected the end of a scope to be left alone until its children have ended, got an error thrown into it', { cause: error });
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
    this.#scope.onDrained = () => {
      this.#scope.onDrained = null;
      fiber.resume(undefined);
    };
  }

  withdraw(): boolean {
    return false;
  }

  /** Lets failures of children decide the outcome: the first one is thrown raw, the others go along in `suppressed`. */
  #judge(): void {
    const { failures, mode, cancelError } = this.#scope;
    if (failures === null) return;
    const unobserved = failures.filter((child) => mode !== 'keep' || !child.isObserved).map((child) => child.value);
    if (!this.#hasFailed) {
      if (unobserved.length === 0) return;
      this.#hasFailed = true;
      this.#outcome = unobserved.shift();
    } else if (mode !== 'keep' && cancelError !== null && this.#outcome === cancelError) {
      // The body failed only because a child did: the child's error is the one to tell.
      this.#outcome = unobserved.shift();
    }
    suppress(this.#outcome, unobserved);
  }
}

function firstUnobserved(scope: Scope): Fiber | undefined {
  return scope.failures?.find((child) => !child.isObserved);
}

function suppress(error: unknown, others: readonly unknown[]): void {
  const rest = others.filter((other) => other !== error);
  if (rest.length === 0 || !(error instanceof Error) || !Object.isExtensible(error)) return;
  const earlier = (error as { suppressed?: unknown }).suppressed;
  const suppressed = [...(Array.isArray(earlier) ? (earlier as unknown[]) : []), ...rest];
  Object.defineProperty(error, 'suppressed', { value: suppressed, configurable: true, writable: true, enumerable: false });
}
