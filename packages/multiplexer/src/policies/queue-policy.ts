/** What a run queue is: the one place that decides which ready task steps next. */

import type { Clock } from '@heddle/core';

/** What a policy may know of a task. */
export interface QueuedTask {
  /** The task's name, for people. */
  readonly name: string;
  /** The `priority` option of the call: larger is more urgent. 0 where none was given. */
  readonly priority: number;
  /** The moment by which the task must have ended, in milliseconds since the epoch, if its call has a deadline. */
  readonly deadline: number | undefined;
  /** The `key` option of the call. */
  readonly key: string | undefined;
}

/**
 * Holds the tasks that are ready for their next step, and chooses among them.
 *
 * @remarks An executor never pushes an item that the policy still holds, and pops only on its own thread, so a policy needs no
 * locks. `push` and `pop` are called once for each step: keep them short. A policy that throws ends the executor's turn with an
 * uncaught exception.
 */
export interface QueuePolicy<T extends QueuedTask> {
  /** How many items the policy holds. */
  readonly size: number;
  /** Takes a task that is ready, for the first time or again. */
  push(item: T): void;
  /** Removes and returns the task that steps next. @returns `undefined` exactly when the policy is empty */
  pop(): T | undefined;
  /** Removes a task that will not step, because it was cancelled. @returns whether the policy held it */
  delete(item: T): boolean;
  /** Removes and returns the task that another thread should have. @default `pop` */
  steal?(): T | undefined;
}

/** What a policy may use of its executor. */
export interface PolicyContext {
  /** The executor's clock: what a policy measures waiting with. */
  readonly clock: Clock;
}

/** Makes one empty queue. Called once for each run queue, so that no two share state. */
export type PolicyFactory = <T extends QueuedTask>(context: PolicyContext) => QueuePolicy<T>;
