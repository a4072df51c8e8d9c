/**
 * The run queue of an agent. Fibers that are ready wait in three places, because each may do something else: a fiber that has
 * started must go on here; a child that tasks here have spawned and nobody has started may still move to another thread; and of the
 * calls that came from elsewhere, those that have not begun may still be taken back.
 *
 * What was begun goes first, then its children, then the next call from elsewhere: so a tree of tasks is walked with few of them
 * open, and one tree after the other. But none of the three may keep the others waiting for ever: fibers that are ready again and
 * again perhaps wait for what a child does, and a tree may take longer than whoever sent the next call would wait.
 */

import { systemClock } from '@heddle/core';
import type { Fiber } from '@heddle/core/engine';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { UnstartedCalls } from './unstarted-calls.ts';

/**
 * So many fibers may go before the children in a row. Many, because in a tree the parents that become ready should finish before
 * it grows further; not too many, because a child may be waited for by polling.
 */
const MAX_PASSES = 64;

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #started = fifo()<Fiber>({ clock: systemClock });
  readonly #children = new UnstartedCalls();
  /** Strictly in the order of arrival (`occupancy-board.ts`). */
  readonly #arrived = fifo()<Fiber>({ clock: systemClock });
  /** How often children were passed over in a row. */
  #passes = 0;
  /** Whether a call from elsewhere begins next, whatever else is ready. */
  #isArrivalDue = false;
  /** Called before each choice. It may add to the queue, and take from it. */
  lookAround: () => void = () => {};
  /** Asked of each fiber right before it steps. Returns false if it must not, because it has ended at the last moment. */
  beforeStep: (fiber: Fiber) => boolean = () => true;

  get size(): number {
    return this.#started.size + this.#children.size + this.#arrived.size;
  }

  push(fiber: Fiber): void {
    if (isMovable(fiber)) this.#children.push(fiber);
    else if (hasArrived(fiber)) this.#arrived.push(fiber);
    else this.#started.push(fiber);
  }

  pop(): Fiber | undefined {
    for (;;) {
      this.lookAround();
      const fiber = this.#next();
      if (fiber === undefined || this.beforeStep(fiber)) return fiber;
    }
  }

  #next(): Fiber | undefined {
    if (this.#isArrivalDue) {
      this.#isArrivalDue = false;
      const arrived = this.#arrived.pop();
      if (arrived !== undefined) return arrived;
    }
    if (this.#passes++ < MAX_PASSES || this.#children.isEmpty) {
      const started = this.#started.pop();
      if (started !== undefined) return started;
    }
    this.#passes = 0;
    return this.#children.pop() ?? this.#arrived.pop();
  }

  delete(fiber: Fiber): boolean {
    if (hasArrived(fiber)) return this.#arrived.delete(fiber);
    if (!isMovable(fiber)) return this.#started.delete(fiber);
    // A movable fiber that is cancelled here is here: one that was lent is recalled instead.
    this.#children.delete(fiber);
    return true;
  }

  /** A call from elsewhere begins next. To be called once in a while, as long as others are ready. */
  admitArrival(): void {
    this.#isArrivalDue = true;
  }

  /** Whether there is a child that has not started. */
  get hasMovable(): boolean {
    return !this.#children.isEmpty;
  }

  /** How many children have not started. */
  get movable(): number {
    return this.#children.size;
  }

  /** Gives up the oldest child of the highest priority that has not started. */
  steal(): Fiber | undefined {
    return this.#children.steal();
  }

  /** Gives up a sibling of a child that was stolen, if it is the oldest now and there are as many left as were taken, `taken`, or more. */
  stealSibling(child: Fiber, taken: number): Fiber | undefined {
    return this.#children.stealSibling(child, taken);
  }
}

/** Whether it came from elsewhere and has not begun. */
function hasArrived(fiber: Fiber): boolean {
  return fiber.isRoot && !fiber.hasStarted;
}

function isMovable(fiber: Fiber): boolean {
  if (fiber.hasStarted || fiber.isPinned || fiber.isRoot || !fiber.definition.portable) return false;
  // Whoever runs a loan cannot see how long it waited before. And the values of task-locals stay on their thread.
  return fiber.options?.queueTimeoutMs === undefined && fiber.context.bindings === null;
}
