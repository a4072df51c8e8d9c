/**
 * Cancels a fiber with all of its descendants, innermost first. In a loop, because a chain of spawns may be as deep as the program
 * makes it, and the native stack is not.
 */

import type { Fiber } from './fiber.ts';

/** One thing to do: a fiber's first half, or its second one. */
interface Visit {
  readonly fiber: Fiber;
  /** Whether all that hangs on the fiber has been told. */
  isSecond: boolean;
}

/** What the walk under way has still to do, the next one last; `null` while there is none. */
let visits: Visit[] | null = null;

/** Invariant: `fiber.cancelError` is set. During a walk, also one that an abort listener begins, `fiber` waits for its turn in it. */
export function cancelTree(fiber: Fiber): void {
  if (visits !== null) {
    visits.push({ fiber, isSecond: false });
    return;
  }
  visits = [{ fiber, isSecond: false }];
  try {
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) make(visit, visits);
  } finally {
    visits = null;
  }
}

function make(visit: Visit, stack: Visit[]): void {
  const { fiber, isSecond } = visit;
  const { cancelError } = fiber;
  if (cancelError === null) return;
  if (isSecond) {
    stack.pop();
    fiber.meetCancellation(cancelError);
    return;
  }
  visit.isSecond = true;
  const { length } = stack;
  fiber.passOnCancellation(cancelError);
  // Last in, first out: so that the first child is told first.
  stack.push(...stack.splice(length).toReversed());
}
