/** How deadlocks are told: who waits for whom, as text and as data. */

import { DeadlockError } from '../../errors.ts';
import type { WaitGraphNode } from '../../executor.ts';
import type { Fiber } from '../fiber.ts';
import { Handle } from '../handle.ts';
import { ScopeEnd } from '../scope-end.ts';
import type { Wait } from '../wait.ts';
import { awaitedFibers, targetsOf } from './awaited.ts';
import { suspendedAt } from './suspended-at.ts';

/** Tasks that a message tells of before it begins to count. */
const MOST_LINES = 20;

/** Names that a line lists. */
const MOST_NAMES = 3;

/**
 * Makes the error for a circle.
 *
 * @param fibers each waits for the next, and the last for the first
 * @param closer the one of them whose `wait` closes it
 */
export function circleError(fibers: readonly Fiber[], closer: Fiber, wait: Wait): DeadlockError {
  const names = namesOf([...fibers, closer]);
  const message =
    fibers.length === 1
      ? `Expected task ${closer.name} to wait for somebody else, got a wait for itself: ${names}`
      : `Expected task ${closer.name} to wait for a task that can go on without it, got a circle of tasks that wait for one another: ${names}`;
  // What the closer waits for is about to begin, so it does not say so itself.
  const waitOf = (fiber: Fiber): Wait | null => (fiber === closer ? wait : fiber.waitingFor);
  const lines = fibers.slice(0, MOST_LINES).map((fiber, index) => lineOf(fiber, waitOf(fiber), fibers[index + 1] ?? fibers[0]));
  return new DeadlockError(withLines(message, lines, fibers.length), {
    circle: idsOf(fibers),
    tasks: fibers.map((fiber) => nodeOf(fiber, waitOf(fiber))),
  });
}

/** All tasks that are stuck together: what the errors for some of them have in common. */
export interface StuckTasks {
  readonly fibers: readonly Fiber[];
  /** As data, as far as anybody will want to read it. */
  readonly graph: readonly WaitGraphNode[];
  /** Where they are suspended, as far as that is known. */
  readonly places: ReadonlyMap<Fiber, string>;
}

/**
 * Makes the error for one of the tasks that nothing can wake.
 *
 * @param path each waits for the next, and the last for what nobody can bring, or for one of them; all are among those that are stuck
 */
export function stuckError(path: readonly Fiber[], { fibers, graph, places }: StuckTasks): DeadlockError {
  const last = path.at(-1);
  const [next] = last === undefined ? [] : awaitedFibers(last);
  const circle = next === undefined ? [] : path.slice(path.indexOf(next));
  const head = 'Expected some task to be able to go on, but nothing can wake any of them';
  // Those of the path first. As many of the others as may be told of, if none of these is in the path.
  const told = new Set([...path.slice(0, MOST_LINES), ...fibers.slice(0, MOST_LINES)]);
  return new DeadlockError(withLines(head, linesOf([...told], places), fibers.length), { circle: idsOf(circle), tasks: graph });
}

/** What is told of some tasks to another thread. */
export interface ToldWaits {
  /** A line for each. */
  readonly lines: readonly string[];
  readonly nodes: readonly WaitGraphNode[];
}

/** Tells of tasks of which each waits for the next, and the last for `last`. */
export function tellWaits(fibers: readonly Fiber[], last: Fiber | undefined): ToldWaits {
  return { lines: fibers.map((fiber, index) => lineOf(fiber, fiber.waitingFor, fibers[index + 1] ?? last)), nodes: fibers.map((fiber) => nodeOf(fiber)) };
}

/** Makes the error for a circle that goes through several threads, of which each has told its part. */
export function circleAcrossError(told: readonly ToldWaits[]): DeadlockError {
  const lines = told.flatMap((each) => each.lines);
  const nodes = told.flatMap((each) => each.nodes);
  const head = 'Expected some task to be able to go on, got a circle of tasks on several threads that wait for one another';
  return new DeadlockError(withLines(head, lines, lines.length), { circle: nodes.map(({ id }) => id), tasks: nodes });
}

/** Tells of tasks that are left waiting at the end of the process. */
export function leftWaiting(fibers: readonly Fiber[], places: ReadonlyMap<Fiber, string>): string {
  return withLines('The process ends, and nothing can wake these tasks any more', linesOf(fibers, places), fibers.length);
}

/** Returns where the tasks of which a message tells are suspended, as far as that can be found out. */
export function placesOf(fibers: readonly Fiber[]): ReadonlyMap<Fiber, string> {
  return suspendedAt(fibers.slice(0, MOST_LINES));
}

/** One task of the wait-for graph. */
export function nodeOf({ id, name, state, waitingFor }: Fiber, wait: Wait | null = waitingFor): WaitGraphNode {
  let waitsFor: string[] = [];
  if (wait instanceof Handle) waitsFor = [wait.id];
  else if (wait !== null) waitsFor = idsOf(targetsOf(wait));
  return { id, name, state, waitsFor, waitsOn: wait?.describe() };
}

function idsOf(fibers: readonly Fiber[]): string[] {
  return fibers.map(({ id }) => id);
}

/** `A -> B -> A`, without most of the names of a long one. */
function namesOf(fibers: readonly Fiber[]): string {
  const names = fibers.map(({ name }) => name);
  if (names.length > MOST_LINES) names.splice(MOST_LINES / 2, names.length - MOST_LINES, `... (${names.length - MOST_LINES} more) ...`);
  return names.join(' -> ');
}

function withLines(head: string, lines: readonly string[], total: number): string {
  const more = total > lines.length ? [`  and ${total - lines.length} more`] : [];
  return [`${head}:`, ...lines, ...more].join('\n');
}

function linesOf(fibers: readonly Fiber[], places: ReadonlyMap<Fiber, string>): string[] {
  return fibers.slice(0, MOST_LINES).map((fiber) => lineOf(fiber, fiber.waitingFor, undefined, places.get(fiber)));
}

/** `  A (task-1) waits for lock() of mutex jobs, held up by B (task-2), at file:///app.js:12:5` */
function lineOf(fiber: Fiber, wait: Wait | null, next?: Fiber, place?: string): string {
  return `  ${labelOf(fiber)} ${whatItWaitsFor(wait, next)}${place === undefined ? '' : `, at ${place}`}`;
}

function labelOf({ name, id }: Fiber): string {
  return `${name} (${id})`;
}

function whatItWaitsFor(wait: Wait | null, next: Fiber | undefined): string {
  const targets = wait === null ? [] : targetsOf(wait);
  const isForNext = next !== undefined && targets.includes(next);
  // An ancestor: it may do anything at this moment, but ends after its descendants.
  if (next !== undefined && !isForNext) return `has to outlive ${labelOf(next)}`;
  if (wait === null) return 'waits for its turn';
  if (wait instanceof Handle) return `waits for task ${wait.name} (${wait.id})`;
  if (targets.length === 0) return `waits for ${wait.describe()}`;
  const told = isForNext ? [next, ...targets.filter((target) => target !== next)] : targets;
  const more = targets.length > MOST_NAMES ? ` and ${targets.length - MOST_NAMES} more` : '';
  const names = told.slice(0, MOST_NAMES).map(labelOf).join(', ') + more;
  return wait instanceof ScopeEnd ? `waits for the end of ${names}` : `waits for ${wait.describe()}, held up by ${names}`;
}
