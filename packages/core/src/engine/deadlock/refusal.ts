/**
 * Refuses a wait that closes a circle: the task that begins it gets a `DeadlockError` in its place, so that it, and with it the
 * others, can go on.
 */

import type { Fiber } from '../fiber.ts';
import { engine } from '../state.ts';
import type { Wait } from '../wait.ts';
import { isForEnd, targetsOf } from './awaited.ts';
import { throwIntoLast } from './break-deadlock.ts';
import { CircleSearch, type Circle } from './circle.ts';
import { circleError } from './report.ts';
import { haveWayOut } from './way-out.ts';

/** Joins of children that are followed before the search, which keeps account of its steps, takes over. */
const MOST_PLAIN_STEPS = 32;

/**
 * Looks at a join that is about to begin.
 *
 * @throws {DeadlockError} when `target` waits for `fiber`, or is to outlive it
 */
export function expectNoCircleOfJoins(fiber: Fiber, target: Fiber): void {
  // Mostly it waits for a child. Then nothing can go wrong, unless some task waits for one that is no child of its own.
  if (target.parent === fiber && !(engine.hasWaitedAcross && mayWaitAcross(target))) return;
  expectNoCircle(fiber, target);
}

/**
 * Looks at a wait for others that is about to begin.
 *
 * @throws {DeadlockError} when one of them waits for `fiber`
 */
export function expectNoCircle(fiber: Fiber, wait: Wait): void {
  engine.hasWaitedAcross = true;
  const circle = circleOf(fiber, wait);
  if (circle !== null) throw circleError(circle.fibers, fiber, wait);
}

/**
 * Breaks the circles that a wait of `fiber` has closed that is not its own decision: the end of a scope, which may close one through
 * each child, or a wait that somebody else has changed. The task that gets the error is the last one of a circle that can be given one.
 */
export function breakClosedCircles(fiber: Fiber): void {
  if (!engine.hasWaitedAcross) return;
  // Each round wakes a task, which is then part of no circle.
  for (let wait = fiber.waitingFor; wait !== null; wait = fiber.waitingFor) {
    const circle = circleOf(fiber, wait);
    if (circle === null || !throwIntoLast(circle.waiting, circleError(circle.fibers, fiber, wait))) return;
  }
}

function circleOf(fiber: Fiber, wait: Wait): Circle | null {
  const targets = targetsOf(wait);
  const isForTheirEnd = isForEnd(wait);
  // Mostly whoever is waited for waits for nobody, and owns nothing.
  if (!targets.some((target) => target === fiber || target.state === 'awaiting' || (isForTheirEnd && target.ownsAny))) return null;
  const circle = new CircleSearch(fiber).find(targets, isForTheirEnd);
  return circle === null || haveWayOut(circle.waiting) ? null : circle;
}

/**
 * Whether `child`, or one that it waits for, may wait for a task that is not its own child. Follows joins of children, which is how
 * most tasks wait, at the cost of a few loads each.
 */
function mayWaitAcross(child: Fiber): boolean {
  let fiber = child;
  for (let steps = 0; steps < MOST_PLAIN_STEPS; steps++) {
    const { state, waitingFor } = fiber;
    if (state !== 'awaiting' || waitingFor === null || waitingFor.isExternal) return false;
    const next = waitingFor as Partial<Fiber>;
    if (next.parent !== fiber) return true;
    fiber = waitingFor as Fiber;
  }
  return true;
}
