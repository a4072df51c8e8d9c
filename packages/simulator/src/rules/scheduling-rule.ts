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

/** A visit that is over, as a rule sees it. */
export interface Visit<T extends RuleTask> {
  readonly task: T;
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
  /** Takes a new task: submitted from outside, or spawned by the visit under way. */
  add(task: T): void;
  /** Told that a task which awaited is ready again. */
  wake(task: T): void;
  /** Chooses the task that a thread visits now; `undefined` leaves the thread idle for this tick. Asked only while some task is ready. */
  take(): T | undefined;
  /** Told that the visit to a taken task is over. */
  visited(visit: Visit<T>): void;
  /** Forgets a task that was cancelled before its first visit. */
  remove(task: T): void;
  /** Told that a tick begins, before the first thread takes its turn. */
  tickBegins?(): void;
  /** The queue, head first, for the schedule's queue column. */
  queue(): readonly T[];
}

/** Makes the rule of one simulator. A rule holds a queue, so each simulator needs its own. */
export type SchedulingRuleFactory = <T extends RuleTask>() => SchedulingRule<T>;

/** Whether a visit has ended its task. */
export function isEnd(event: VisitEvent): boolean {
  return event === 'complete' || event === 'fails' || event === 'cancelled';
}
