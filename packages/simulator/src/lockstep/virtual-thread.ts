/** A virtual thread: a place where at most one task is, and the tick until which it is busy there. */

import type { Fiber } from '@heddle/core/engine';

export interface VirtualThread {
  /** From 1, as people count threads. */
  readonly number: number;
  /** Invariant: the task being visited; set while it steps and while its `work` keeps the thread busy. */
  fiber: Fiber | null;
  /** The tick at which the visit goes on, while `work` keeps the thread busy. */
  untilTick: number;
  /** The first tick at which the next visit can begin. */
  freeTick: number;
  /** Ends the work under way: makes its task ready. */
  endWork: (() => void) | null;
  /** The tick at which the work under way began. */
  workSinceTick: number;
  /** Ticks of work in the visit under way. */
  workTicks: number;
  /** What the visit under way has put on the queue. */
  spawned: Fiber[];
  /** Whether the step under way armed a timer for the wait that it ended with. */
  hasTimer: boolean;
}

export function newThread(number: number): VirtualThread {
  return { number, fiber: null, untilTick: 0, freeTick: 0, endWork: null, workSinceTick: 0, workTicks: 0, spawned: [], hasTimer: false };
}
