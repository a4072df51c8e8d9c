/** Names for what a parked fiber waits for. */

import { awaitedFibers, Handle, type Fiber } from '@heddle/core/engine';

/** Names what `fiber` waits for: tasks by their names, anything else by its description. */
export function awaitedNames(fiber: Fiber): readonly string[] {
  const { waitingFor } = fiber;
  if (waitingFor === null) return [];
  if (waitingFor instanceof Handle) return [waitingFor.name];
  const fibers = awaitedFibers(fiber);
  return fibers.length > 0 ? fibers.map((each) => each.name) : [waitingFor.describe()];
}
