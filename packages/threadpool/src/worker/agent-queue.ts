/**
 * The run queue of an agent: fibers that are ready, in order of arrival, and behind them children that tasks here have spawned
 * and nobody has started. Kept apart, because an unstarted child may still move to another thread and a started fiber may not.
 *
 * What was begun goes first: so a tree of tasks is walked with few of them open. But fibers that are ready again and again must
 * not keep a child from starting for ever: perhaps they wait for what it does.
 *
 * Among children, whoever takes one, this thread or a hungry one, takes the most urgent. Most have no priority, and are in
 * depth-first order.
 */

import { systemClock } from '@heddle/core';
import type { Fiber } from '@heddle/core/engine';
import { fifo, priority, type QueuePolicy } from '@heddle/multiplexer';
import { DepthFirstQueue } from './depth-first-queue.ts';

/**
 * So many fibers may go before the children in a row. Many, because in a tree the parents that become ready should finish before
 * it grows further; not too many, because a child may be waited for by polling.
 */
const MAX_PASSES = 64;

const CONTEXT = { clock: systemClock };

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #ready = fifo()<Fiber>(CONTEXT);
  readonly #unstarted = new DepthFirstQueue<Fiber>();
  /** Unstarted children with a priority above 0, and below. */
  readonly #urgent = priority()<Fiber>(CONTEXT);
  readonly #lesser = priority()<Fiber>(CONTEXT);
  /** How often children were passed over in a row. */
  #passes = 0;
  /** Called before each choice. It may add to the queue, and take from it. */
  lookAround: () => void = () => {};
  /** Asked of each fiber right before it steps. Returns false if it must not, because it has ended at the last moment. */
  beforeStep: (fiber: Fiber) => boolean = () => true;

  get size(): number {
    return this.#ready.size + this.movable;
  }

  push(fiber: Fiber): void {
    if (isMovable(fiber)) this.#laneOf(fiber).push(fiber);
    else this.#ready.push(fiber);
  }

  #laneOf({ priority: level }: Fiber): DepthFirstQueue<Fiber> | QueuePolicy<Fiber> {
    if (level === 0) return this.#unstarted;
    return level > 0 ? this.#urgent : this.#lesser;
  }

  pop(): Fiber | undefined {
    for (;;) {
      this.lookAround();
      const fiber = this.#next();
      if (fiber === undefined || this.beforeStep(fiber)) return fiber;
    }
  }

  #next(): Fiber | undefined {
    if (this.#passes++ < MAX_PASSES || !this.hasMovable) {
      const ready = this.#ready.pop();
      if (ready !== undefined) return ready;
    }
    this.#passes = 0;
    return this.#urgent.pop() ?? this.#unstarted.pop() ?? this.#lesser.pop();
  }

  delete(fiber: Fiber): boolean {
    if (!isMovable(fiber)) return this.#ready.delete(fiber);
    // A movable fiber that is cancelled here is here: one that was lent is recalled instead.
    this.#laneOf(fiber).delete(fiber);
    return true;
  }

  /** Whether there is a child that has not started. */
  get hasMovable(): boolean {
    return this.#unstarted.size > 0 || this.#urgent.size > 0 || this.#lesser.size > 0;
  }

  /** How many children have not started. */
  get movable(): number {
    return this.#unstarted.size + this.#urgent.size + this.#lesser.size;
  }

  /** Gives up the most urgent child that has not started; of those without priority the oldest. */
  steal(): Fiber | undefined {
    return this.#urgent.pop() ?? this.#unstarted.steal() ?? this.#lesser.pop();
  }

  /** Gives up a sibling of a child that was stolen, if it is the oldest now and there are as many left as were taken, `taken`, or more. */
  stealSibling(child: Fiber, taken: number): Fiber | undefined {
    return this.#urgent.size === 0 && this.#unstarted.oldestSiblings(child) > taken ? this.#unstarted.steal() : undefined;
  }
}

function isMovable(fiber: Fiber): boolean {
  if (fiber.hasStarted || fiber.isPinned || fiber.parent === null || !fiber.definition.portable) return false;
  // Whoever runs a loan cannot see how long it waited before. And the values of task-locals stay on their thread.
  return fiber.options?.queueTimeoutMs === undefined && fiber.context.bindings === null;
}
