/**
 * Ways out of a circle that the program has provided: a time limit, a signal, or a race that another operand may win. Where one of
 * them ends the wait of one task of a circle and leaves another, the circle is not refused: it will dissolve as planned.
 *
 * A limit that ends every task of a circle is no way out: then all of them wait in vain until it comes.
 */

import type { Fiber } from '../fiber.ts';
import type { Scope } from '../scope.ts';

/** A time limit or signal that covers what runs inside a scope, or a race between its children. */
export type WayOut = 'limit' | 'race';

const marks = new WeakMap<Scope, WayOut>();

/** Notes that what waits inside `scope` may be ended by `wayOut`. */
export function markWayOut(scope: Scope, wayOut: WayOut): void {
  marks.set(scope, wayOut);
}

/** Whether the wait of one of `fibers`, which wait for one another, may end while that of another goes on. */
export function haveWayOut(fibers: readonly Fiber[]): boolean {
  const known = new Map<Fiber, object | null>();
  const [first, ...others] = fibers;
  if (first === undefined || fibers.some(survivesLimit)) return true;
  const end = endOf(first, known);
  return others.some((other) => endOf(other, known) !== end);
}

/** Whether `fiber` waits inside a scope that may be ended, and then goes on after it. */
function survivesLimit(fiber: Fiber): boolean {
  for (let { scope } = fiber; scope !== null; scope = scope.parent) if (marks.has(scope)) return true;
  return false;
}

/** Returns the innermost limit that would end all of `fiber`: the fiber of which it is an option, or the scope. `known` keeps what was found. */
function endOf(fiber: Fiber, known: Map<Fiber, object | null>): object | null {
  const passed: Fiber[] = [];
  let end: object | null = null;
  for (let at: Fiber | null = fiber; at !== null && end === null; at = at.parent) {
    const before = known.get(at);
    if (before === null) break;
    passed.push(at);
    end = before ?? limitOf(at);
  }
  for (const each of passed) known.set(each, end);
  return end;
}

/** Returns what limits `fiber` itself, or all children of the scope that it belongs to, or of one outside of that in the same task. */
function limitOf(fiber: Fiber): object | null {
  if (fiber.hasLimits || fiber.isInterrupted) return fiber;
  for (let scope = fiber.owner; scope !== null; scope = scope.parent) if (marks.has(scope)) return scope;
  return null;
}

/** Whether a time limit or a signal may end the wait of `fiber` by itself: of its own, or around what it waits for. */
export function hasTimeLimit(fiber: Fiber): boolean {
  if (fiber.hasLimits || fiber.isInterrupted) return true;
  for (let { scope } = fiber; scope !== null; scope = scope.parent) if (marks.get(scope) === 'limit') return true;
  return false;
}
