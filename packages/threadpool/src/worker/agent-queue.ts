/**
 * The run queue of an agent. Fibers that are ready wait in three places, because each may do something else: a fiber that has
 * started must go on here; a child that tasks here have spawned and nobody has started may still move to another thread; and of the
 * calls that came from elsewhere, those that have not begun may still be taken back.
 *
 * What was begun goes first, then its children, then the next call from elsewhere: so a tree of tasks is walked with few of them
 * open, and one tree after the other. But none may keep others waiting for ever: fibers that are ready again and again perhaps wait
 * for what a child does, and a tree may take longer than whoever sent the next call would wait. (As tokio's workers look at the
 * queue of all threads every so often; a thread of rayon does not while it has work of its own.)
 */

import { systemClock } from '@heddle/core';
import type { Fiber } from '@heddle/core/engine';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { ArrivedCalls, type TakeTurn } from './arrived-calls.ts';
import type { ArrivedRun } from './arrived-run.ts';
import type { RootFiber } from './root-fiber.ts';
import { UnstartedCalls } from './unstarted-calls.ts';

/**
 * So many fibers may go before the children in a row. Many, because in a tree the parents that become ready should finish before
 * it grows further; not too many, because a child may be waited for by polling.
 */
const MAX_PASSES = 64;

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #started = fifo()<Fiber>({ clock: systemClock });
  readonly #children = new UnstartedCalls();
  readonly #arrived: ArrivedCalls;
  /** How often children were passed over in a row. */
  #passes = 0;
  /** Whether the last ones in turn go next. */
  #isLastDue = false;
  /** Calls from elsewhere that were chosen. */
  #turns = 0;
  /** Called before each choice. It may add to the queue, and take from it. */
  lookAround: () => void = () => {};
  /** Asked of each fiber right before it steps. Returns false if it must not, because it has ended at the last moment. */
  beforeStep: (fiber: Fiber) => boolean = () => true;

  /** @param takeTurn gives what steps for a call of a run */
  constructor(takeTurn: TakeTurn) {
    this.#arrived = new ArrivedCalls(takeTurn);
  }

  get size(): number {
    return this.#started.size + this.#children.size + this.#arrived.size;
  }

  push(fiber: Fiber): void {
    if (isMovable(fiber)) this.#children.push(fiber);
    // Only items and loans come to this thread from outside.
    else if (hasArrived(fiber)) this.#arrived.push(fiber as RootFiber);
    else this.#started.push(fiber);
  }

  /** Adds calls that came together. */
  pushRun(run: ArrivedRun): void {
    this.#arrived.push(run);
  }

  pop(): Fiber | undefined {
    for (;;) {
      this.lookAround();
      const fiber = this.#next();
      if (fiber === undefined || this.beforeStep(fiber)) return fiber;
    }
  }

  #next(): Fiber | undefined {
    if (this.#isLastDue) {
      this.#isLastDue = false;
      const last = this.#nextArrived() ?? this.#children.popLast();
      if (last !== undefined) return last;
    }
    if (this.#passes++ < MAX_PASSES || this.#children.size === 0) {
      const started = this.#started.pop();
      if (started !== undefined) return started;
    }
    this.#passes = 0;
    return this.#children.pop() ?? this.#nextArrived();
  }

  #nextArrived(): Fiber | undefined {
    const root = this.#arrived.pop();
    if (root !== undefined) root.turn = ++this.#turns;
    return root;
  }

  delete(fiber: Fiber): boolean {
    if (hasArrived(fiber)) return this.#arrived.delete(fiber as RootFiber);
    if (!isMovable(fiber)) return this.#started.delete(fiber);
    // A movable fiber that is cancelled here is here: one that was lent is recalled instead.
    this.#children.delete(fiber);
    return true;
  }

  /** Lets a call from elsewhere begin next, or a child of the last tree: to be called once in a while, as long as others are ready. */
  letLastGo(): void {
    this.#isLastDue = true;
  }

  /** Whether there is a child that has not started. */
  get hasMovable(): boolean {
    return this.#children.size > 0;
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
