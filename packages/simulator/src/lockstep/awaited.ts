/** What a parked fiber waits for, in terms of tasks where it waits for tasks. */

import { Fiber, Handle } from '@heddle/core/engine';

/** Returns the tasks of this thread that `fiber` waits for, in the order in which it started them; none when it waits for something else. */
export function awaitedFibers(fiber: Fiber): readonly Fiber[] {
  const { waitingFor, scope } = fiber;
  if (waitingFor === null || waitingFor.isExternal) return [];
  if (waitingFor instanceof Fiber) return [waitingFor];
  if (waitingFor instanceof Handle || scope === null) return [];
  return [...scope.children()];
}

/** Names what `fiber` waits for: tasks by their names, anything else by its description. */
export function awaitedNames(fiber: Fiber): readonly string[] {
  const { waitingFor } = fiber;
  if (waitingFor === null) return [];
  if (waitingFor instanceof Handle) return [waitingFor.name];
  const fibers = awaitedFibers(fiber);
  return fibers.length > 0 ? fibers.map((each) => each.name) : [waitingFor.describe()];
}
