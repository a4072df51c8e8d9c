/**
 * Circles of waiting tasks that go through several threads. No thread sees a whole one, so each follows the waits on its own side, and
 * hands on what it has found to the thread on which they go on.
 *
 * @see Chandy, Misra, Haas, "Distributed Deadlock Detection" (TOCS 1983): edge chasing
 */

import type { Fiber } from '../fiber.ts';
import { awaitedFibers } from './awaited.ts';
import { throwIntoLast } from './break-deadlock.ts';
import { circleAcrossError, tellWaits, type ToldWaits } from './report.ts';
import { mayLeave } from './way-out.ts';

/** Tasks of one thread that wait, each for the next; the last is the awaiting side of a call that runs on another thread. */
export type Chain = readonly Fiber[];

/** Chains that a search gives at most, and tasks that it looks at: a standstill is rare, and must not cost much. */
const MOST_CHAINS = 16;
const MOST_STEPS = 10_000;

/** Returns the chains from `start` to calls that run on other threads. None leads through a task whose wait something may end by itself. */
export function chainsFrom(start: Fiber): Chain[] {
  const chains: Chain[] = [];
  const cameFrom = new Map<Fiber, Fiber | null>([[start, null]]);
  // A map's iteration visits what is added meanwhile.
  for (const fiber of cameFrom.keys()) {
    if (chains.length >= MOST_CHAINS || cameFrom.size > MOST_STEPS) break;
    if (fiber.remote !== null) {
      chains.push(pathTo(fiber, cameFrom));
      continue;
    }
    if (fiber.state !== 'awaiting' || mayLeave(fiber)) continue;
    for (const target of awaitedFibers(fiber)) if (!cameFrom.has(target)) cameFrom.set(target, fiber);
  }
  return chains;
}

function pathTo(last: Fiber, cameFrom: ReadonlyMap<Fiber, Fiber | null>): Fiber[] {
  const path: Fiber[] = [];
  for (let fiber: Fiber | null = last; fiber !== null; fiber = cameFrom.get(fiber) ?? null) path.push(fiber);
  return path.toReversed();
}

/** Tells of those of a chain that wait here. */
export function tellChain(chain: Chain): ToldWaits {
  return tellWaits(chain.slice(0, -1), chain.at(-1));
}

/**
 * Throws a `DeadlockError` into the last task of `chain` that can be woken, if all of it waits still.
 *
 * @param circle all chains of the circle, this one first
 */
export function breakCircleAcross(chain: Chain, circle: readonly ToldWaits[]): void {
  const stillWaits = chain.every((fiber, index) => {
    const next = chain[index + 1];
    return next === undefined ? fiber.remote !== null : fiber.state === 'awaiting' && awaitedFibers(fiber).includes(next);
  });
  if (stillWaits) throwIntoLast(chain.slice(0, -1), circleAcrossError(circle));
}
