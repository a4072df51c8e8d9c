/**
 * The one interface behind which schedules differ: which task a virtual thread visits next, and where tasks go in the queue.
 * The simulator steps tasks and keeps time; a rule only orders them.
 */

import type { TaskState } from '@heddle/core';

/** What a rule may know of a task. */
export interface RuleTask {
  readonly name: string;
  readonly state: TaskState;
}

/**
 * What a visit to a task came to: it `awaits` something, was `not ready` to run at all, `yields` its turn, or has ended
 * (`complete` with a value, `fails` with an error, `cancelled`).
 */
export type VisitEvent = 'awaits' | 'not ready' | 'yields' | 'complete' | 'fails' | 'cancelled';

/** In place of a thread: what happens comes from no visit, but from outside or of a timer. */
export const OUTSIDE = 0;

/** A visit that is over, as a rule sees it. */
export interface Visit<T extends RuleTask> {
  readonly task: T;
  /** The thread that made the visit, from 1. */
  readonly thread: number;
  readonly event: VisitEvent;
  /** The tasks that `task` now waits for, in the order in which it started them. */
  readonly awaited: readonly T[];
  /** The tasks that the visit put on the queue, awaited or not, in order. */
  readonly spawned: readonly T[];
}

/**
 * Orders the tasks of one simulator. Every task enters through `add`, and leaves when a visit to it ends with `complete`, `fails`
 * or `cancelled`, or through `remove`. In between it is up to the rule whether a task that awaits stays in the queue and is
 * visited in vain (the article's rules), or comes back with `wake` (parking).
 */
export interface SchedulingRule<T extends RuleTask> {
  /** Names the rule in a schedule. */
  readonly name: string;
  /** The most virtual threads that the rule makes sense with. @default no limit */
  readonly maxThreads?: number;
  /** The number of the iteration over the queue that is under way, from 1; `undefined` for rules that do not iterate. */
  readonly iteration?: number | undefined;
  /** Told once, before anything else, how many threads there are. */
  begin?(threads: number): void;
  /** Takes a new task: spawned by a visit of `thread`, or submitted from outside, and then `thread` is 0 ({@link OUTSIDE}). */
  add(task: T, thread: number): void;
  /** Told that a task which awaited is ready again, because of what a visit of `thread` did, or a timer or the outside, and then that is 0. */
  wake(task: T, thread: number): void;
  /** Chooses the task that a thread visits now; `undefined` leaves the thread idle for this tick. Asked only while some task is ready. */
  take(thread: number): T | undefined;
  /** Told that the visit to a taken task is over. */
  visited(visit: Visit<T>): void;
  /** Asked after `visited`: for how many ticks the thread is kept busy by what the visit has caused, on top of the visit itself. @default 0 */
  overheadTicks?(thread: number): number;
  /**
   * The first tick at which `take(thread)` can give a task, as things are: `Infinity` when another thread must bring one. Where a rule
   * tells it, ticks at which nothing can happen are skipped. @default the next one
   */
  nextTakeTick?(thread: number): number;
  /** Forgets a task that was cancelled before its first visit. */
  remove(task: T): void;
  /** Told that a tick begins, before the first thread takes its turn. */
  tickBegins?(tick: number): void;
  /** The queue, head first, for the schedule's queue column. */
  queue(): readonly T[];
}

/** Makes the rule of one simulator. A rule holds a queue, so each simulator needs its own. */
export type SchedulingRuleFactory = <T extends RuleTask>() => SchedulingRule<T>;

/** Whether a visit has ended its task. */
export function isEnd(event: VisitEvent): boolean {
  return event === 'complete' || event === 'fails' || event === 'cancelled';
}
