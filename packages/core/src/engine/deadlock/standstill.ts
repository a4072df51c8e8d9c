/** Executors that have come to a stop: every task is parked, and nothing that they know of can wake one. */

import type { Fiber } from '../fiber.ts';
import type { Host } from '../host.ts';
import { treeOf, waitsOutside } from './awaited.ts';
import { breakCircle, breakDeadlock, findCircle } from './break-deadlock.ts';
import { hasTimeLimit } from './way-out.ts';

/** What is asked of an executor that may have come to a stop. */
export interface Stoppable extends Host {
  /** The submitted tasks that have not ended. */
  liveRoots(): Iterable<Fiber>;
  /** Whether `close` waits for its tasks. */
  readonly isClosing: boolean;
}

/** Rounds of breaking deadlocks after which it is given up: only tasks that start over and over again need more. */
const MOST_ROUNDS = 32;

/**
 * Breaks deadlocks in rounds. Tasks that were woken by one may go on, so they get the chance before the next; each round wakes
 * twice as many as the one before, so that it takes few rounds to wake all.
 */
export class Standstill {
  #rounds = 0;
  /** Tasks that have got their error. Who waits for the same thing again is left to it, or a program would never end. */
  readonly #spared = new WeakSet<Fiber>();

  /**
   * Looks at all tasks of `executors`. Returns `null` if one of them can go on by itself, or may be woken from outside.
   *
   * @param isEnd whether the process has come to its end, so that no time limit runs out any more either
   */
  look(executors: readonly Stoppable[], isEnd: boolean): Survey | null {
    const survey = surveyOf(executors, isEnd);
    if (survey === null || !survey.waitOutside) return survey;
    // What somebody outside was to bring may have been meant for anyone, except for those who wait in a circle.
    survey.circle = findCircle(survey.fibers, this.#spared);
    return survey.circle === null ? null : survey;
  }

  /**
   * Wakes some of the tasks that were found to be stuck with a `DeadlockError`.
   *
   * @param withPlaces whether the errors tell where in the source tasks are suspended, which takes some milliseconds to find out
   * @returns whether there were any: nobody waits for the others, or they have had their chance
   */
  break({ wanted, circle }: Survey, withPlaces: boolean): boolean {
    if (this.#rounds >= MOST_ROUNDS) return false;
    const most = 2 ** this.#rounds++;
    if (circle !== null) return breakCircle(circle, this.#spared);
    return breakDeadlock(wanted, { most, spared: this.#spared, withPlaces }) > 0;
  }

  /** Begins anew: all tasks have ended. */
  reset(): void {
    this.#rounds = 0;
  }
}

/** Tasks of which none can go on. */
export interface Survey {
  readonly fibers: readonly Fiber[];
  /** Those of trees that somebody outside of tasks waits for: by a promise of one of them, or for the executor to close. */
  readonly wanted: readonly Fiber[];
  /** Whether some wait for something outside. */
  readonly waitOutside: boolean;
  /** If so, some that wait for one another all the same. */
  circle: readonly Fiber[] | null;
}

/** Looks at all tasks; `null` as soon as one is found that can go on. */
function surveyOf(executors: readonly Stoppable[], isEnd: boolean): Survey | null {
  const hosts = new Set<Host>(executors);
  const isInside = (host: Host): boolean => hosts.has(host);
  const fibers: Fiber[] = [];
  const wanted: Fiber[] = [];
  let waitOutside = false;
  for (const executor of executors) {
    for (const root of executor.liveRoots()) {
      const first = fibers.length;
      let isWanted = executor.isClosing;
      for (const fiber of treeOf(root)) {
        if (fiber.state !== 'awaiting') return null;
        if (waitsOutside(fiber, isInside)) waitOutside = true;
        if (!isEnd && (waitOutside || hasTimeLimit(fiber))) return null;
        if (fiber.hasPromise) isWanted = true;
        fibers.push(fiber);
      }
      for (let at = first; isWanted && at < fibers.length; at++) wanted.push(fibers[at] as Fiber);
    }
  }
  return { fibers, wanted, waitOutside, circle: null };
}
