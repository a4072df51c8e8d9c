/**
 * Ways out of a circle that the program has provided: a time limit, a signal, or a race that another operand may win. Where one of
 * them ends the wait of one task of a circle and leaves another, the circle is not refused: it will dissolve as planned.
 *
 * A limit that ends every task of a circle is no way out: then all of them wait in vain until it comes.
 */

import type { Fiber } from '../fiber.ts';
import type { Scope } from '../scope.ts';

/** Whether the wait of one of `fibers`, which wait for one another, may end while that of another goes on. */
export function haveWayOut(fibers: readonly Fiber[]): boolean {
  if (fibers.some((fiber) => waitsInside(fiber, isWayOut))) return true;
  const known = new Map<Fiber, Fiber | Scope | null>();
  const ends = new Set(fibers.map((fiber) => endOf(fiber, known)));
  return ends.size > 1;
}

/** Whether a time limit or a signal may end the wait of `fiber` by itself: one of its own, or one around what it waits for. */
export function hasTimeLimit(fiber: Fiber): boolean {
  return isLimited(fiber) || waitsInside(fiber, (scope) => scope.isLimited);
}

/** Whether something may end the wait of `fiber` that no task brings: a limit or a signal, of its own or around it, or a race. */
export function mayLeave(fiber: Fiber): boolean {
  return waitsInside(fiber, isWayOut) || endOf(fiber, new Map()) !== null;
}

function isWayOut(scope: Scope): boolean {
  return scope.isLimited || scope.isRace;
}

function isLimited(fiber: Fiber): boolean {
  return fiber.hasLimits || fiber.isInterrupted;
}

/** Whether `fiber` has opened a scope of some kind around what it waits for: it goes on when that is ended. */
function waitsInside({ scope: innermost }: Fiber, isOfKind: (scope: Scope) => boolean): boolean {
  for (let scope = innermost; scope !== null; scope = scope.parent) if (isOfKind(scope)) return true;
  return false;
}

/** Returns the innermost limit that would end all of `fiber`: the fiber of which it is an option, or the scope. `known` keeps what was found. */
function endOf(fiber: Fiber, known: Map<Fiber, Fiber | Scope | null>): Fiber | Scope | null {
  const passed: Fiber[] = [];
  let end: Fiber | Scope | null = null;
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
function limitOf(fiber: Fiber): Fiber | Scope | null {
  if (isLimited(fiber)) return fiber;
  for (let scope = fiber.owner; scope !== null; scope = scope.parent) if (isWayOut(scope)) return scope;
  return null;
}
