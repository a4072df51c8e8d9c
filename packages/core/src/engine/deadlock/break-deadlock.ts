/** Ends the waits of tasks that nothing can wake: some get a `DeadlockError`, so that they, and with them the others, can go on. */

import type { DeadlockError } from '../../errors.ts';
import type { Fiber } from '../fiber.ts';
import { awaitedFibers } from './awaited.ts';
import { circleError, nodeOf, placesOf, stuckError } from './report.ts';

/** Tasks that an error carries at most: a report is read by people. */
const MOST_NODES = 1_000;

/** How {@link breakDeadlock} goes about it. */
export interface BreakOptions {
  /** How many tasks get the error at most. @default 1 */
  readonly most?: number | undefined;
  /** Tasks that do not get it again; those that do are added. @default none */
  readonly spared?: WeakSet<Fiber> | undefined;
  /** Whether the errors tell where in the source tasks are suspended, which takes some milliseconds to find out. @default false */
  readonly withPlaces?: boolean | undefined;
}

/**
 * Throws a `DeadlockError` into tasks of which none can ever go on: into the last one of a circle of waiting tasks, or the one at
 * the end of a chain of waits, which waits for what nobody will bring. So every other task of the circle or chain gets what it waits
 * for, be it an error, and its `finally` blocks run.
 *
 * @param stuck the tasks; call it only when nothing can wake any of those that they wait for
 * @returns how many tasks have got the error
 */
export function breakDeadlock(stuck: Iterable<Fiber>, { most = 1, spared, withPlaces = false }: BreakOptions = {}): number {
  const fibers = [...stuck];
  const paths = pathsOf(fibers).filter((path) => path.some((fiber) => spared?.has(fiber) !== true));
  // Mostly the first batch will do: few waits have to be seen to their end.
  for (let at = 0; at < paths.length; at += most) {
    const batch = paths.slice(at, at + most);
    const graph = fibers.slice(0, MOST_NODES).map((fiber) => nodeOf(fiber));
    const places = withPlaces ? placesOf([...batch.flat(), ...fibers]) : new Map<Fiber, string>();
    // Ordering: all errors tell of the state before the first of the tasks was woken.
    const told = batch.map((path) => ({ path, error: stuckError(path, { fibers, graph, places }) }));
    const woken = told.filter(({ path, error }) => throwIntoLast(path, error, spared)).length;
    if (woken > 0) return woken;
  }
  return 0;
}

/**
 * Throws a `DeadlockError` into the last task of a circle that can be woken.
 *
 * @returns whether there was one
 */
export function breakCircle(circle: readonly Fiber[], spared: WeakSet<Fiber>): boolean {
  const closer = circle.at(-1);
  if (closer === undefined || closer.waitingFor === null) return false;
  return throwIntoLast(circle, circleError(circle, closer, closer.waitingFor), spared);
}

/**
 * Throws `error` into the last task of `path` that can be woken. Those that are `spared` have got one before.
 *
 * @returns whether there was one
 */
export function throwIntoLast(path: readonly Fiber[], error: DeadlockError, spared?: WeakSet<Fiber>): boolean {
  const victim = path.findLast((fiber) => spared?.has(fiber) !== true && fiber.waitingFor?.withdraw(fiber, false, error) === true);
  if (victim === undefined) return false;
  spared?.add(victim);
  victim.resumeWithError(error);
  return true;
}

/** Follows the waits from each of `fibers` to where they close a circle or end. Paths that run into an earlier one are left out. */
function pathsOf(fibers: readonly Fiber[]): readonly Fiber[][] {
  const paths: Fiber[][] = [];
  const seen = new Set<Fiber>();
  for (const start of fibers) {
    const path = new Set<Fiber>();
    let fiber: Fiber | undefined = start;
    for (; fiber !== undefined && !seen.has(fiber); [fiber] = awaitedFibers(fiber)) {
      seen.add(fiber);
      path.add(fiber);
    }
    if (path.size > 0 && (fiber === undefined || path.has(fiber))) paths.push([...path]);
  }
  return paths;
}

/**
 * Returns tasks of which each waits for the next and the last for the first, whatever else they wait for; `null` when there are none
 * without those to be `spared`. Takes time in proportion to the waits.
 */
export function findCircle(fibers: readonly Fiber[], spared: WeakSet<Fiber>): readonly Fiber[] | null {
  const seen = new Set<Fiber>();
  const isNew = (fiber: Fiber): boolean => !seen.has(fiber) && !spared.has(fiber);
  for (const start of fibers) {
    if (!isNew(start)) continue;
    /** The way from `start`, each with the tasks that are still to be followed from it. */
    const path = new Map<Fiber, Fiber[]>();
    const enter = (fiber: Fiber): void => {
      seen.add(fiber);
      path.set(fiber, [...awaitedFibers(fiber)]);
    };
    enter(start);
    const stack = [start];
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      const target = path.get(at)?.pop();
      if (target === undefined) {
        path.delete(at);
        stack.pop();
      } else if (path.has(target)) {
        return stack.slice(stack.indexOf(target));
      } else if (isNew(target)) {
        enter(target);
        stack.push(target);
      }
    }
  }
  return null;
}
