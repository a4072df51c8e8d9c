/**
 * A fiber's place in the tree of tasks: who owns it, and what it owns.
 *
 * Most tasks that spawn have children and nothing else to be known of them, so they get by without a scope (bench `spawn-join`): the
 * children hang on the fiber itself. A scope takes them over as soon as there is more to know.
 */

import type { Fiber } from './fiber.ts';
import { Flag, Handle } from './handle.ts';
import type { Heritage } from './inheritance.ts';
import { Scope } from './scope.ts';

/** What may own a fiber, and waits for its end. */
export type Owner = Fiber | Scope;

export abstract class TreeNode extends Handle {
  /** A scope; or the parent, while that has nothing but children; `null` for calls submitted from outside. */
  #owner: Owner | null;
  /** Neighbours in the list of whoever owns the fiber. */
  previousInList: Fiber | null = null;
  nextInList: Fiber | null = null;
  /** The innermost open scope; or, while the outermost body has nothing but children, the newest child. Children are then linked from newest to oldest. */
  #inside: Owner | null = null;

  constructor(owner: Owner | null) {
    super();
    this.#owner = owner;
  }

  /** The fiber of which this is a part. */
  abstract get fiber(): Fiber;
  /** What its children have from it. */
  abstract get heritage(): Heritage;

  /** How many awaits the innermost frame is away from the outermost body. */
  get level(): number {
    return this.flags >>> Flag.Bits;
  }

  set level(level: number) {
    this.flags = (this.flags & ((1 << Flag.Bits) - 1)) | (level << Flag.Bits);
  }

  // -- who owns it --

  /** Whether nobody owns it. */
  get isRoot(): boolean {
    return this.#owner === null;
  }

  get parent(): Fiber | null {
    return this.#owner === null ? null : this.#owner.fiber;
  }

  /** The scope that owns this fiber; `null` where nobody does, and where the parent has nothing but children. */
  get owner(): Scope | null {
    return this.#owner instanceof Scope ? this.#owner : null;
  }

  /** Tells the owner that it has ended. */
  protected leaveTree(): void {
    this.#owner?.childEnded(this.fiber);
  }

  // -- what it owns --

  /** The innermost open scope. Scopes of a fiber form a stack. The outermost body's own is made here if it has children. */
  get scope(): Scope | null {
    const inside = this.#inside;
    return inside === null || inside instanceof Scope ? inside : this.#openScope(inside);
  }

  set scope(scope: Scope | null) {
    this.#inside = scope;
  }

  /** Whether it has an open scope, or children. */
  get ownsAny(): boolean {
    return this.#inside !== null;
  }

  /** Whether a child that the body at `level` spawns needs no scope. */
  takesChildAt(level: number): boolean {
    return level === 0 && !(this.#inside instanceof Scope);
  }

  /** Whether the body at `level` has a scope of its own, or children. */
  isOpenAt(level: number): boolean {
    const inside = this.#inside;
    if (inside === null) return false;
    return inside instanceof Scope ? inside.level === level : level === 0;
  }

  /** Takes a child of the outermost body. Invariant: `takesChildAt(0)`. */
  add(child: Fiber): void {
    const sibling = this.#inside as Fiber | null;
    child.nextInList = sibling;
    if (sibling !== null) sibling.previousInList = child;
    this.#inside = child;
  }

  /** A child that it owns without a scope has ended. */
  childEnded(child: Fiber): void {
    // What becomes of a failure is for a scope to say.
    if (child.hasFailed) this.scope?.childEnded(child);
    else this.#release(child);
  }

  #release(child: Fiber): void {
    const { previousInList: newer, nextInList: older } = child;
    if (newer === null) this.#inside = older;
    else newer.nextInList = older;
    if (older !== null) older.previousInList = newer;
    child.previousInList = null;
    child.nextInList = null;
  }

  /** Makes a scope of the children, of whom `newest` is the newest. */
  #openScope(newest: Fiber): Scope {
    const children: Fiber[] = [];
    for (let child: Fiber | null = newest; child !== null; child = child.nextInList) children.push(child);
    this.#inside = null;
    const scope = new Scope(this.fiber, 0, 'keep');
    for (const child of children.toReversed()) {
      (child as TreeNode).#owner = scope;
      child.previousInList = null;
      child.nextInList = null;
      scope.add(child);
    }
    return scope;
  }
}
