/** What a run queue is: the one place that decides which ready task steps next. */

import type { Clock } from '@heddle/core';

/** What a policy may know of a task. */
export interface QueuedTask {
  /** The task's name, for people. */
  readonly name: string;
  /** The `priority` option of the call, or of a more urgent task that waits for this one: larger is more urgent. 0 where none was given. */
  readonly priority: number;
  /** The moment by which the task, or one that waits for it, must have ended, in milliseconds since the epoch, if there is any. */
  readonly deadline: number | undefined;
  /** The `key` option of the call. */
  readonly key: string | undefined;
}

/**
 * Holds the tasks that are ready for their next step, and chooses among them.
 *
 * @remarks An executor never pushes an item that the policy still holds, and pops only on its own thread, so a policy needs no
 * locks. `push` and `pop` are called once for each step: keep them short. A task of which the first `push` throws fails with that error; any
 * other error of a policy ends the executor's turn as an uncaught exception.
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
  /**
   * Told that the `priority` or `deadline` of a task has changed, because a more urgent one has begun to wait for it, or does so no
   * more. Does nothing for a task that the policy does not hold. A multiplexer keeps account of who waits for whom only if its
   * policy has this method. @default what waits steps in the order of its own urgency
   */
  reprioritise?(item: T): void;
}

/** What a policy may use of its executor. */
export interface PolicyContext {
  /** The executor's clock: what a policy measures waiting with. */
  readonly clock: Clock;
}

/** Makes one empty queue. Called once for each run queue, so that no two share state. */
export type PolicyFactory = <T extends QueuedTask>(context: PolicyContext) => QueuePolicy<T>;
