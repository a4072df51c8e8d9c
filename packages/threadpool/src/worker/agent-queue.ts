/**
 * The run queue of an agent: fibers that are ready, in order of arrival, and behind them children that tasks here have spawned
 * and nobody has started. Kept apart, because an unstarted child may still move to another thread and a started fiber may not.
 */

import { systemClock } from '@heddle/core';
import type { Fiber } from '@heddle/core/engine';
import { fifo, type QueuePolicy } from '@heddle/multiplexer';
import { DepthFirstQueue } from './depth-first-queue.ts';

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #ready = fifo()<Fiber>({ clock: systemClock });
  readonly #unstarted = new DepthFirstQueue();
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
      const fiber = this.#ready.pop() ?? this.#unstarted.pop();
      if (fiber === undefined || this.beforeStep(fiber)) return fiber;
    }
  }

  delete(fiber: Fiber): boolean {
    return isMovable(fiber) ? this.#unstarted.delete(fiber) : this.#ready.delete(fiber);
  }

  /** Whether there is a child that has not started. */
  get hasMovable(): boolean {
    return this.#unstarted.size > 0;
  }

  /** Gives up the oldest child that has not started. */
  steal(): Fiber | undefined {
    return this.#unstarted.steal();
  }
}

function isMovable(fiber: Fiber): boolean {
  // Whoever runs a loan cannot see how long it waited before.
  return !fiber.hasStarted && !fiber.isPinned && fiber.owner !== null && fiber.definition.portable && fiber.options?.queueTimeoutMs === undefined;
}
