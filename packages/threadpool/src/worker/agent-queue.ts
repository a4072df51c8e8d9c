/**
 * The run queue of an agent: fibers that are ready, in order of arrival, and behind them children that tasks here have spawned
 * and nobody has started. Kept apart, because an unstarted child may still move to another thread and a started fiber may not.
 *
 * What was begun goes first: so a tree of tasks is walked with few of them open. But fibers that are ready again and again must
 * not keep a child from starting for ever: perhaps they wait for what it does.
 */

import { systemClock } from '@heddle/core';
import type { Fiber } from '@heddle/core/engine';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { DepthFirstQueue } from './depth-first-queue.ts';

/**
 * So many fibers may go before the children in a row. Many, because in a tree the parents that become ready should finish before
 * it grows further; not too many, because a child may be waited for by polling.
 */
const MAX_PASSES = 64;

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #ready = fifo()<Fiber>({ clock: systemClock });
  readonly #unstarted = new DepthFirstQueue<Fiber>();
  /** How often children were passed over in a row. */
  #passes = 0;
  /** Asked of each fiber right before it steps. Returns false if it must not, because it has ended at the last moment. */
  beforeStep: (fiber: Fiber) => boolean = () => true;

  get size(): number {
    return this.#ready.size + this.#unstarted.size;
  }

  push(fiber: Fiber): void {
    if (isMovable(fiber)) this.#unstarted.push(fiber);
    else this.#ready.push(fiber);
  }

  pop(): Fiber | undefined {
    for (;;) {
      const fiber = this.#next();
      if (fiber === undefined || this.beforeStep(fiber)) return fiber;
    }
  }

  #next(): Fiber | undefined {
    if (this.#unstarted.size > 0 && this.#passes++ >= MAX_PASSES) {
      this.#passes = 0;
      return this.#unstarted.pop();
    }
    const ready = this.#ready.pop();
    if (ready !== undefined) return ready;
    this.#passes = 0;
    return this.#unstarted.pop();
  }

  delete(fiber: Fiber): boolean {
    if (!isMovable(fiber)) return this.#ready.delete(fiber);
    // A movable fiber that is cancelled here is here: one that was lent is recalled instead.
    this.#unstarted.delete(fiber);
    return true;
  }

  /** Whether there is a child that has not started. */
  get hasMovable(): boolean {
    return this.#unstarted.size > 0;
  }

  /** How many children have not started. */
  get movable(): number {
    return this.#unstarted.size;
  }

  /** Gives up the oldest child that has not started. */
  steal(): Fiber | undefined {
    return this.#unstarted.steal();
  }
}

function isMovable(fiber: Fiber): boolean {
  if (fiber.hasStarted || fiber.isPinned || fiber.parent === null || !fiber.definition.portable) return false;
  // Whoever runs a loan cannot see how long it waited before. And the values of task-locals stay on their thread.
  return fiber.options?.queueTimeoutMs === undefined && fiber.context.bindings === null;
}
