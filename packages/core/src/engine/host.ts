/** What a fiber needs of the executor that hosts it. The engine knows how to step; the host knows when, where and in which order. */

import type { Clock } from '../clock.ts';
import type { TraceSink } from '../trace/events.ts';
import type { Fiber } from './fiber.ts';
import type { Inheritance } from './inheritance.ts';

/** Running totals of a host's fibers. The engine counts; the host reads. */
export interface TaskCounts {
  queued: number;
  started: number;
  completed: number;
  failed: number;
  cancelled: number;
}

export interface Host {
  readonly counts: TaskCounts;
  readonly clock: Clock;
  readonly trace: TraceSink | null;
  /** The thread number that trace events carry. */
  readonly thread: number;
  /** How long a cancelled task may go on suspending in its `finally` blocks before each suspension throws, in milliseconds. */
  readonly graceMs: number;
  /** Whether `yield* call` runs as a frame of its caller, or as a task of its own that goes through the queue (the article's order). */
  readonly awaits: 'frame' | 'queue';
  /** Whether the stores of AsyncLocalStorage follow each task. */
  readonly followsAsync: boolean;
  /** Set where the order of the queue goes by urgency, so that fibers inherit it from those who wait for them. */
  readonly inheritance: Inheritance | null;
  /**
   * Delivers the cancellations that have come from another thread, in the middle of a step: for code that asks whether it was
   * cancelled and does not let the event loop have its turn. `null` where all come from this thread.
   */
  readonly pollCancellation: (() => void) | null;
  /** Takes a fiber that is ready for its next step, or its first. */
  enqueue(fiber: Fiber): void;
  /** Takes a freshly spawned fiber; a host may send its call elsewhere. */
  spawn(fiber: Fiber): void;
  /** Forgets a fiber that was enqueued and will not be stepped. */
  dequeue(fiber: Fiber): void;
  /** Told when a fiber that no other fiber owns has ended. */
  rootEnded(fiber: Fiber): void;
  /** Asked every so many awaits while a fiber steps. Returns false to make the fiber give up its turn. */
  checkpoint(): boolean;
}
