/**
 * Scopes: who owns whom. Every spawned fiber belongs to the scope that was innermost where it was spawned; a scope ends only
 * when all its fibers have. A task that spawns has an implicit scope, which lives as long as the task's body.
 */

import type { CancelledError } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { FiberList } from './fiber-list.ts';
import { earlier, type Heritage } from './inheritance.ts';
import { toCancelledError } from './limits.ts';
import { taskController } from './task-signal.ts';

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

/** What a scope needs only once it is cancelled, asked for a signal, given a resource, or opened by an operation of its own kind. */
interface Rare {
  failures: Fiber[] | null;
  cancelError: CancelledError | null;
  controller: AbortController | null;
  resources: Resource[] | null;
  onChildEnded: ((child: Fiber) => void) | null;
}

/** Bits of a scope's flags: booleans in one number, because most tasks that spawn have a scope. */
const Bit = {
  IsShield: 1,
  IsEnding: 2,
  IsClosed: 4,
  HasCancelledChildren: 8,
  IsAwaited: 16,
  IsLimited: 32,
  IsRace: 64,
} as const;

/** A scope is the list of its children. */
export class Scope extends FiberList {
  readonly fiber: Fiber;
  /** The level of the body in which the scope was opened: how many awaits it is away from the fiber's root. */
  readonly level: number;
  /** The next outer scope of the same fiber. */
  readonly parent: Scope | null;
  readonly mode: FailureMode;
  /** What the children have from the fiber, and from the scopes around them. */
  heritage: Heritage;
  #flags: number;
  #rare: Rare | null = null;

  constructor(fiber: Fiber, level: number, mode: FailureMode, isShield = false) {
    super();
    this.fiber = fiber;
    this.level = level;
    this.parent = fiber.scope;
    this.mode = mode;
    this.heritage = this.parent === null ? fiber.heritage : this.parent.heritage;
    this.#flags = isShield ? Bit.IsShield : 0;
    fiber.scope = this;
  }

  /** The fiber at the top of the tree that the scope is in. */
  get root(): Fiber {
    return this.fiber.root;
  }

  /** Whether cancellation from outside stops here. */
  get isShield(): boolean {
    return (this.#flags & Bit.IsShield) !== 0;
  }

  /** Whether the body has ended and the scope only waits for its children. */
  get isEnding(): boolean {
    return (this.#flags & Bit.IsEnding) !== 0;
  }

  /** Whether it has ended: nothing may be spawned into it any more. */
  get isClosed(): boolean {
    return (this.#flags & Bit.IsClosed) !== 0;
  }

  /** Whether a time limit or a signal may end what waits inside. */
  get isLimited(): boolean {
    return (this.#flags & Bit.IsLimited) !== 0;
  }

  /** Whether one child may end the others by coming first. */
  get isRace(): boolean {
    return (this.#flags & Bit.IsRace) !== 0;
  }

  /** What runs inside must have ended by `deadline`. */
  limitTo(deadline: number): void {
    this.markLimited();
    this.heritage = { ...this.heritage, deadline: earlier(deadline, this.heritage.deadline) };
  }

  markLimited(): void {
    this.#flags |= Bit.IsLimited;
  }

  markRace(): void {
    this.#flags |= Bit.IsRace;
  }

  /** Whether the children were cancelled all together, by this scope, an outer one or the fiber. */
  get hasCancelledChildren(): boolean {
    return (this.#flags & Bit.HasCancelledChildren) !== 0;
  }

  /** Failures of children that nobody had awaited by then, in the order in which they happened. */
  get failures(): readonly Fiber[] | null {
    return this.#rare === null ? null : this.#rare.failures;
  }

  /** Set when the scope was cancelled by itself, not along with its fiber. */
  get cancelError(): CancelledError | null {
    return this.#rare === null ? null : this.#rare.cancelError;
  }

  /** Called when a child has ended. */
  set onChildEnded(callback: (child: Fiber) => void) {
    this.#rareFields().onChildEnded = callback;
  }

  /** Resumes the fiber once, when the last child has ended. */
  awaitChildren(): void {
    this.#flags |= Bit.IsAwaited;
  }

  /** Takes a resource, to be disposed of after the children have ended. */
  use(resource: Resource): void {
    const rare = this.#rareFields();
    (rare.resources ??= []).push(resource);
  }

  /** Gives back the resource that was taken last. */
  takeResource(): Resource | undefined {
    return this.#rare === null ? undefined : this.#rare.resources?.pop();
  }

  /** Whether it can end on the spot: no child is left, and nothing has happened that its end would have to deal with. */
  get isQuiet(): boolean {
    return this.#rare === null && this.isEmpty;
  }

  #rareFields(): Rare {
    return (this.#rare ??= { failures: null, cancelError: null, controller: null, resources: null, onChildEnded: null });
  }

  /** The fibers that it owns and that have not ended. */
  children(): Iterable<Fiber> {
    return this;
  }

  childEnded(child: Fiber): void {
    this.remove(child);
    if (this.#isFailure(child)) {
      const rare = this.#rareFields();
      (rare.failures ??= []).push(child);
      if (this.mode === 'cancel' || this.mode === 'every' || (this.mode === 'keep' && this.isEnding)) this.cancel(child.value);
    }
    if (this.#rare !== null) this.#rare.onChildEnded?.(child);
    if (this.isEmpty && (this.#flags & Bit.IsAwaited) !== 0) {
      this.#flags &= ~Bit.IsAwaited;
      this.fiber.resume(undefined);
    }
  }

  #isFailure(child: Fiber): boolean {
    if (!child.hasFailed || this.mode === 'ignore') return false;
    // Whoever awaits the child has its error. Not kept, so that a task that lives long does not collect them.
    if (this.mode === 'keep' && child.isObserved) return false;
    return !child.wasCancelled || (this.mode === 'every' && !this.hasCancelledChildren);
  }

  /**
   * Cancels the children, and interrupts the body that the scope is open in. Without effect once a cancellation from outside has
   * done so: what cleans up after that one is not to be cut short.
   *
   * @returns whether it had an effect
   */
  cancel(reason: unknown): boolean {
    if (this.isClosed || this.cancelError !== null || this.hasCancelledChildren) return false;
    const error = toCancelledError(reason);
    this.#rareFields().cancelError = error;
    const { fiber } = this;
    // Scopes that were opened inside this one end with it.
    for (const scope of fiber.scopesInside(this)) scope.passOn(error);
    this.passOn(error);
    if (!this.isEnding) fiber.interrupt(error, this);
    return true;
  }

  /** Cancels the children, those still to come as well, because the body has failed. */
  abandon(reason: unknown): void {
    this.passOn((this.#rareFields().cancelError ??= toCancelledError(reason)));
  }

  /** Passes a cancellation on to what hangs on this scope: its children and its signal. */
  passOn(error: CancelledError): void {
    if (this.#rare !== null) this.#rare.controller?.abort(error);
    this.cancelChildren(error);
  }

  /** Aborts when the scope is cancelled, by itself or along with an outer one. Made on first use. */
  get signal(): AbortSignal {
    const rare = this.#rareFields();
    if (rare.controller === null) {
      rare.controller = taskController(this.fiber.host);
      const error = errorThatReaches(this);
      if (error !== null) rare.controller.abort(error);
    }
    return rare.controller.signal;
  }

  /** Cancels the children only. */
  cancelChildren(error: CancelledError): void {
    this.#flags |= Bit.HasCancelledChildren;
    // A copy: a child that has not started leaves the list at once, and an abort listener may end any other.
    for (const child of Array.from(this.children())) child.cancel(error);
  }

  /**
   * Notes that the body has ended, and with it whatever interrupted it on behalf of this scope.
   *
   * @returns whether it was interrupted on behalf of this scope
   */
  beginEnd(): boolean {
    this.#flags |= Bit.IsEnding;
    return this.cancelError !== null && this.fiber.endInterruptions(this);
  }

  /** Takes the scope off its fiber's stack. */
  close(): void {
    this.#flags |= Bit.IsClosed;
    this.fiber.scope = this.parent;
    if (this.isShield) this.fiber.shieldEnded();
  }
}

/** Returns the cancellation that holds in `innermost`, if any: its own, or one from outside. In a loop, because scopes may be nested as deep as awaits. */
function errorThatReaches(innermost: Scope): CancelledError | null {
  for (let scope: Scope | null = innermost; scope !== null; scope = scope.parent) {
    if (scope.cancelError !== null) return scope.cancelError;
    if (scope.isShield) return null;
  }
  return innermost.fiber.cancelError;
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
