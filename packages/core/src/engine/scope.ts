/**
 * Scopes: who owns whom. Every spawned fiber belongs to the scope that was innermost where it was spawned; a scope ends only
 * when all its fibers have. A task that spawns has an implicit scope, which lives as long as the task's frame.
 */

import type { CancelledError } from '../errors.ts';
import type { CallFrame } from './call-frame.ts';
import type { Fiber } from './fiber.ts';
import type { Heritage } from './inheritance.ts';
import { toCancelledError } from './limits.ts';

/**
 * What a failing child does to its scope: nothing until the scope ends, or cancel it at once. In the mode 'every' a child that
 * was cancelled by itself has failed too, because its value is missing; else it is no failure.
 */
export type FailureMode = 'keep' | 'cancel' | 'every';

export class Scope {
  readonly fiber: Fiber;
  /** The frame in which the scope was opened. */
  readonly frame: CallFrame;
  /** The next outer scope of the same fiber. */
  readonly parent: Scope | null;
  readonly mode: FailureMode;
  /** What the children have from the fiber. */
  readonly heritage: Heritage;
  /** Failures of children that nobody had awaited by then, in the order in which they happened. */
  failures: Fiber[] | null = null;
  /** Set when the scope was cancelled by itself, not along with its fiber. */
  cancelError: CancelledError | null = null;
  /** Called when the last child has ended. */
  onDrained: (() => void) | null = null;
  /** Invariant: the body has ended and the scope only waits for its children. */
  isEnding = false;
  /** Whether it has ended: nothing may be spawned into it any more. */
  isClosed = false;
  /** Whether the children were cancelled all together, by this scope, an outer one or the fiber. */
  #hasCancelledChildren = false;
  #firstChild: Fiber | null = null;

  constructor(fiber: Fiber, frame: CallFrame, mode: FailureMode) {
    this.fiber = fiber;
    this.frame = frame;
    this.parent = fiber.scope;
    this.mode = mode;
    this.heritage = fiber.heritage;
    fiber.scope = this;
  }

  get hasChildren(): boolean {
    return this.#firstChild !== null;
  }

  *children(): Iterable<Fiber> {
    for (let child = this.#firstChild; child !== null; child = child.nextSibling) yield child;
  }

  add(child: Fiber): void {
    child.nextSibling = this.#firstChild;
    if (this.#firstChild !== null) this.#firstChild.previousSibling = child;
    this.#firstChild = child;
  }

  childEnded(child: Fiber): void {
    this.#unlink(child);
    if (this.#isFailure(child)) {
      (this.failures ??= []).push(child);
      if (this.mode !== 'keep' || this.isEnding) this.cancel(child.value);
    }
    if (this.#firstChild === null) this.onDrained?.();
  }

  #isFailure(child: Fiber): boolean {
    if (!child.hasFailed) return false;
    // Whoever awaits the child has its error. Not kept, so that a task that lives long does not collect them.
    if (this.mode === 'keep' && child.isObserved) return false;
    return !child.wasCancelled || (this.mode === 'every' && !this.#hasCancelledChildren);
  }

  #unlink(child: Fiber): void {
    if (child.previousSibling === null) this.#firstChild = child.nextSibling;
    else child.previousSibling.nextSibling = child.nextSibling;
    if (child.nextSibling !== null) child.nextSibling.previousSibling = child.previousSibling;
    child.previousSibling = null;
    child.nextSibling = null;
  }

  /** Cancels the children, and interrupts the body that the scope is open in. */
  cancel(reason: unknown): void {
    if (this.cancelError !== null) return;
    const error = toCancelledError(reason);
    this.cancelError = error;
    const { fiber } = this;
    // Scopes that were opened inside this one end with it.
    for (let scope = fiber.scope; scope !== null && scope !== this; scope = scope.parent) scope.cancelChildren(error);
    this.cancelChildren(error);
    if (!this.isEnding) fiber.interrupt(error, this);
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
    if (this.cancelError !== null) this.fiber.endInterruption(this);
  }

  /** Takes the scope off its fiber's stack. */
  close(): void {
    this.isClosed = true;
    this.fiber.scope = this.parent;
  }
}
