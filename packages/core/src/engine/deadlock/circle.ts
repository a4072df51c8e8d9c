/**
 * Circles of tasks that wait for one another, found at the moment when a wait closes one.
 *
 * A task waits for another one's end (it joins it, or ends a scope that owns it), or only for it to go on (it holds a lock). A task
 * ends after all that it has spawned. So waiting for the end of an ancestor is a circle of two, whatever the ancestor does now.
 *
 * Cost. A task that waits for its own child cannot close a circle unless some task waits for one that is no child of its own, which
 * most programs never do: then nothing is searched. Else the search follows the waits from the awaited task on. What it may look at
 * is bounded (see {@link FREE_STEPS}), so that ever longer chains of waiting tasks cost each new one no more than the first.
 */

import { Fiber } from '../fiber.ts';
import { ScopeEnd } from '../scope-end.ts';
import { isForEnd, targetsOf } from './awaited.ts';

/** Tasks that wait for one another. */
export interface Circle {
  /** Each waits for the next, and the last for the first. */
  readonly fibers: readonly Fiber[];
  /** The first ones of them, which wait indeed. Those at the end only have to outlive the next one, which descends from them. */
  readonly waiting: readonly Fiber[];
}

/** Steps that each search may take. Enough for the circles that people write. */
const FREE_STEPS = 64;

/** Steps left over from earlier searches that are kept for a long one: about 10 ms of looking, for a whole program. */
const MOST_SAVED_STEPS = 1_000_000;

let savedSteps = MOST_SAVED_STEPS;

/** Looks for a circle through one task whose wait is about to begin, or has just begun. */
export class CircleSearch {
  readonly #closer: Fiber;
  /** The ancestors of the closer, each with its child that is an ancestor too or the closer. Made when first needed. */
  #lineage: Map<Fiber, Fiber> | null = null;
  /** The fibers to look at, each with the one that waits for it. */
  readonly #cameFrom = new Map<Fiber, Fiber>();
  readonly #pending: Fiber[] = [];
  #steps = FREE_STEPS + savedSteps;

  constructor(closer: Fiber) {
    this.#closer = closer;
  }

  /**
   * Returns a circle that exists if the closer waits for `targets`, or `null` when none was found.
   *
   * @param isForTheirEnd whether it waits until they have ended, or only until they go on
   */
  find(targets: Iterable<Fiber>, isForTheirEnd: boolean): Circle | null {
    const circle = this.#follow(targets, this.#closer, isForTheirEnd) ?? this.#search();
    savedSteps = Math.max(0, Math.min(MOST_SAVED_STEPS, this.#steps));
    return circle;
  }

  #search(): Circle | null {
    for (let fiber = this.#pending.pop(); fiber !== undefined && this.#steps > 0; fiber = this.#pending.pop()) {
      const { waitingFor: wait } = fiber;
      if (wait === null || wait.isExternal) continue;
      // First, because it may have a million children of which the right one is the last.
      const heir = wait instanceof ScopeEnd ? this.#heirOf(fiber) : undefined;
      // Ordering: the scope first, which takes over the children that have none.
      if (heir !== undefined && fiber.scope === heir.owner) return this.#circle(fiber, heir);
      const circle = this.#follow(targetsOf(wait), fiber, isForEnd(wait));
      if (circle !== null) return circle;
    }
    return null;
  }

  #follow(targets: Iterable<Fiber>, from: Fiber, isForTheirEnd: boolean): Circle | null {
    for (const target of targets) {
      if (--this.#steps < 0) return null;
      if (target === this.#closer) return this.#circle(from, null);
      if (isForTheirEnd && this.#heirOf(target) !== undefined) return this.#circle(from, target);
      if (target.state !== 'awaiting' || this.#cameFrom.has(target)) continue;
      this.#cameFrom.set(target, from);
      this.#pending.push(target);
    }
    return null;
  }

  /** Returns the child of `fiber` from which the closer descends, if `fiber` is one of its ancestors. */
  #heirOf(fiber: Fiber): Fiber | undefined {
    // A quick look first: most tasks own nothing, or are of another tree.
    if (!fiber.ownsAny || this.#closer.parent === null || fiber.root !== this.#closer.root) return undefined;
    return (this.#lineage ??= this.#traceLineage()).get(fiber);
  }

  #traceLineage(): Map<Fiber, Fiber> {
    const lineage = new Map<Fiber, Fiber>();
    for (let child = this.#closer; child.parent !== null && this.#steps > 0; child = child.parent, this.#steps--) lineage.set(child.parent, child);
    return lineage;
  }

  /** Makes the circle in which `last` waits for the closer: itself, or by waiting for the end of `ancestor`, which has to outlive it. */
  #circle(last: Fiber, ancestor: Fiber | null): Circle {
    const waiting: Fiber[] = [];
    for (let fiber: Fiber | undefined = last; fiber !== undefined && fiber !== this.#closer; fiber = this.#cameFrom.get(fiber)) waiting.push(fiber);
    waiting.push(this.#closer);
    waiting.reverse();
    const fibers = [...waiting];
    for (let at = ancestor; at !== null && at !== this.#closer; at = this.#heirOf(at) ?? null) fibers.push(at);
    return { fibers, waiting };
  }
}
