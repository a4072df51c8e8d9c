/**
 * Scopes: who owns whom. Every spawned fiber belongs to the scope that was innermost where it was spawned; a scope ends only
 * when all its fibers have. A task that spawns has an implicit scope, which lives as long as the task's body.
 */

import type { CancelledError } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { FiberList } from './fiber-list.ts';
import { toCancelledError } from './limits.ts';

/** Something that a scope disposes of at its end. */
export type Resource = Disposable | AsyncDisposable;

/**
 * What a failing child does to its scope:
 * - `keep`: nothing until the scope ends; then an error that nobody has awaited is the scope's. Implicit scopes.
 * - `cancel`: it cancels the scope at once. A child that was cancelled by itself has not failed.
 * - `every`: as `cancel`, but a child that was cancelled by itself has failed too, because its value is missing.
 * - `collect`: nothing until the scope ends; then all errors together are the scope's.
 * - `ignore`: nothing at all; whoever opened the scope looks at the children.
 */
export type FailureMode = 'keep' | 'cancel' | 'every' | 'collect' | 'ignore';

export class Scope {
  readonly fiber: Fiber;
  /** The level of the body in which the scope was opened: how many awaits it is away from the fiber's root. */
  readonly level: number;
  /** The next outer scope of the same fiber. */
  readonly parent: Scope | null;
  readonly mode: FailureMode;
  /** Failures of children that nobody had awaited by then, in the order in which they happened. */
  failures: Fiber[] | null = null;
  /** Set when the scope was cancelled by itself, not along with its fiber. */
  cancelError: CancelledError | null = null;
  /** Called when a child has ended. */
  onChildEnded: ((child: Fiber) => void) | null = null;
  /** Called when the last child has ended. */
  onDrained: (() => void) | null = null;
  /** Whether cancellation from outside stops here. */
  readonly isShield: boolean;
  /** What `use` has taken: disposed after the children have ended, last one first. */
  resources: Resource[] | null = null;
  /** Invariant: the body has ended and the scope only waits for its children. */
  isEnding = false;
  /** Whether it has ended: nothing may be spawned into it any more. */
  isClosed = false;
  /** Whether the children were cancelled all together, by this scope, an outer one or the fiber. */
  #hasCancelledChildren = false;
  #controller: AbortController | null = null;
  readonly #children = new FiberList();

  constructor(fiber: Fiber, level: number, mode: FailureMode, isShield = false) {
    this.fiber = fiber;
    this.level = level;
    this.parent = fiber.scope;
    this.mode = mode;
    this.isShield = isShield;
    fiber.scope = this;
  }

  get hasChildren(): boolean {
    return !this.#children.isEmpty;
  }

  children(): Iterable<Fiber> {
    return this.#children;
  }

  add(child: Fiber): void {
    this.#children.add(child);
  }

  childEnded(child: Fiber): void {
    this.#children.remove(child);
    if (this.#isFailure(child)) {
      (this.failures ??= []).push(child);
      if (this.mode === 'cancel' || this.mode === 'every' || (this.mode === 'keep' && this.isEnding)) this.cancel(child.value);
    }
    this.onChildEnded?.(child);
    if (this.#children.isEmpty) this.onDrained?.();
  }

  #isFailure(child: Fiber): boolean {
    if (!child.hasFailed || this.mode === 'ignore') return false;
    // Whoever awaits the child has its error. Not kept, so that a task that lives long does not collect them.
    if (this.mode === 'keep' && child.isObserved) return false;
    return !child.wasCancelled || (this.mode === 'every' && !this.#hasCancelledChildren);
  }

  /** Cancels the children, and interrupts the body that the scope is open in. */
  cancel(reason: unknown): void {
    if (this.cancelError !== null) return;
    const error = toCancelledError(reason);
    this.cancelError = error;
    const { fiber } = this;
    // Scopes that were opened inside this one end with it.
    for (const scope of scopesOutside(fiber.scope, this)) scope.passOn(error);
    this.passOn(error);
    if (!this.isEnding) fiber.interrupt(error, this);
  }

  /** Passes a cancellation on to what hangs on this scope: its children and its signal. */
  passOn(error: CancelledError): void {
    this.#controller?.abort(error);
    this.cancelChildren(error);
  }

  /** Aborts when the scope is cancelled, by itself or along with an outer one. Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      const error = this.#inheritedError();
      if (error !== null) this.#controller.abort(error);
    }
    return this.#controller.signal;
  }

  #inheritedError(): CancelledError | null {
    if (this.cancelError !== null) return this.cancelError;
    if (this.isShield) return null;
    return this.parent === null ? this.fiber.cancelError : this.parent.#inheritedError();
  }

  /** Cancels the children only. */
  cancelChildren(error: CancelledError): void {
    this.#hasCancelledChildren = true;
    // A copy: a child that has not started leaves the list at once, and an abort listener may end any other.
    for (const child of Array.from(this.children())) child.cancel(error);
  }

  /** Notes that the body has ended, and with it whatever interrupted it on behalf of this scope. */
  beginEnd(): void {
    this.isEnding = true;
    if (this.cancelError !== null) this.fiber.endInterruptions(this);
  }

  /** Takes the scope off its fiber's stack. */
  close(): void {
    this.isClosed = true;
    this.fiber.scope = this.parent;
    if (this.isShield) this.fiber.shieldEnded();
  }
}

/**
 * Returns the scopes from `innermost` outwards that a cancellation from `origin` reaches, `origin` itself left out: those that no
 * shield protects from it. An `origin` of `null` is the whole fiber.
 */
export function scopesOutside(innermost: Scope | null, origin: Scope | null): Scope[] {
  let reached: Scope[] = [];
  for (let scope = innermost; scope !== null && scope !== origin; scope = scope.parent) {
    // A shield protects what is inside it, and its own children.
    if (scope.isShield) reached = [];
    else reached.push(scope);
  }
  return reached;
}
