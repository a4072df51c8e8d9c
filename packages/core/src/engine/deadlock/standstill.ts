/** Executors that have come to a stop: every task is parked, and nothing that they know of can wake one. */

import type { Fiber } from '../fiber.ts';
import type { Host } from '../host.ts';
import { treeOf, waitsOutside } from './awaited.ts';
import { breakCircle, breakDeadlock } from './break-deadlock.ts';
import { hasTimeLimit } from './way-out.ts';

/** What is asked of an executor that may have come to a stop. */
export interface Stoppable extends Host {
  /** The submitted tasks that have not ended. */
  liveRoots(): Iterable<Fiber>;
  /** Whether `close` waits for its tasks. */
  readonly isClosing: boolean;
}

/** What breaking a standstill has come to. */
export interface StandstillEnd {
  /** Whether some tasks were woken. */
  readonly hasWoken: boolean;
  /** Tasks that nothing can wake, and that were left waiting: nobody waits for them, or they have had their chance. */
  readonly left: readonly Fiber[];
}

const NOTHING_DONE: StandstillEnd = { hasWoken: false, left: [] };

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
   * Wakes tasks of `executors` with an error, if none of their tasks can go on by itself.
   *
   * @param isEnd whether the process has come to its end, so that no time limit runs out any more either
   */
  break(executors: readonly Stoppable[], isEnd: boolean): StandstillEnd {
    const survey = surveyOf(executors, isEnd);
    if (survey === null) return NOTHING_DONE;
    if (this.#rounds < MOST_ROUNDS && this.#breakSome(survey, isEnd)) {
      this.#rounds++;
      return { hasWoken: true, left: [] };
    }
    return survey.waitOutside ? NOTHING_DONE : { hasWoken: false, left: survey.fibers };
  }

  #breakSome({ fibers, wanted, waitOutside }: Survey, isEnd: boolean): boolean {
    // What somebody outside was to bring may have been meant for anyone, except for those who wait in a circle.
    if (waitOutside) return breakCircle(fibers, this.#spared);
    return breakDeadlock(wanted, { most: 2 ** this.#rounds, spared: this.#spared, withPlaces: isEnd }) > 0;
  }

  /** Begins anew: all tasks have ended. */
  reset(): void {
    this.#rounds = 0;
  }
}

interface Survey {
  readonly fibers: readonly Fiber[];
  /** Those of which the outcome somebody waits for: for the task that they belong to, or for the executor to close. */
  readonly wanted: readonly Fiber[];
  /** Whether some wait for something outside. */
  readonly waitOutside: boolean;
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
      const isWanted = root.isObserved || executor.isClosing;
      for (const fiber of treeOf(root)) {
        if (fiber.state !== 'awaiting') return null;
        if (waitsOutside(fiber, isInside)) waitOutside = true;
        if (!isEnd && (waitOutside || hasTimeLimit(fiber))) return null;
        fibers.push(fiber);
        if (isWanted) wanted.push(fiber);
      }
    }
  }
  return { fibers, wanted, waitOutside };
}
