/** What a parked fiber waits for, in terms of fibers: the edges of the wait-for graph. */

import { Fiber } from '../fiber.ts';
import { Handle } from '../handle.ts';
import type { Host } from '../host.ts';
import { ScopeEnd } from '../scope-end.ts';
import type { Wait } from '../wait.ts';

/**
 * Returns the tasks of this thread that `fiber` waits for: the one that it joins, the children of a scope that ends, whoever holds
 * a lock. None when it waits for something else. All of them must act before it can go on.
 */
export function awaitedFibers({ waitingFor }: Fiber): readonly Fiber[] {
  return waitingFor === null ? [] : targetsOf(waitingFor);
}

/** Returns the tasks that `wait` is for. */
export function targetsOf(wait: Wait): readonly Fiber[] {
  if (wait.isExternal) return [];
  if (wait instanceof Fiber) return [wait];
  const targets: Fiber[] = [];
  // A lock may be held for ever by a task that has ended.
  for (const holder of wait.holders?.() ?? []) if (holder.state !== 'complete') targets.push(holder);
  return targets;
}

/** Whether it is the end of the tasks that `wait` waits for, and not only that they go on. */
export function isForEnd(wait: Wait): boolean {
  return wait instanceof Handle || wait instanceof ScopeEnd;
}

/** Whether something may end the wait of `fiber` that is neither a task of the executors that `isInside` knows nor touched by them. */
export function waitsOutside(fiber: Fiber, isInside: (host: Host) => boolean): boolean {
  const { waitingFor } = fiber;
  if (waitingFor === null) return false;
  if (waitingFor instanceof Handle && !(waitingFor instanceof Fiber)) return true;
  return waitingFor.isExternal || targetsOf(waitingFor).some(({ host }) => !isInside(host));
}

/** Goes over `root` and all that descend from it, parents before their children, and those of the innermost scope first. */
export function* treeOf(root: Fiber): Generator<Fiber, void, void> {
  const pending = [root];
  for (let fiber = pending.pop(); fiber !== undefined; fiber = pending.pop()) {
    yield fiber;
    const children: Fiber[] = [];
    for (let { scope } = fiber; scope !== null; scope = scope.parent) for (const child of scope.children()) children.push(child);
    for (let child = children.pop(); child !== undefined; child = children.pop()) pending.push(child);
  }
}
