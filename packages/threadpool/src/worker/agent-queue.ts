/**
 * The run queue of an agent: fibers that are ready, in order of arrival, and behind them children that tasks here have spawned
 * and nobody has started. Kept apart, because an unstarted child may still move to another thread and a started fiber may not.
 */

import type { Fiber } from '@heddle/core/engine';
import type { QueuePolicy } from '@heddle/multiplexer';
import { DepthFirstQueue } from './depth-first-queue.ts';

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #ready: QueuePolicy<Fiber>;
  readonly #unstarted = new DepthFirstQueue();

  constructor(ready: QueuePolicy<Fiber>) {
    this.#ready = ready;
  }

  get size(): number {
    return this.#ready.size + this.#unstarted.size;
  }

  push(fiber: Fiber): void {
    if (isMovable(fiber)) this.#unstarted.push(fiber);
    else this.#ready.push(fiber);
  }

  pop(): Fiber | undefined {
    return this.#ready.pop() ?? this.#unstarted.pop();
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
  return !fiber.hasStarted && !fiber.isPinned && fiber.owner !== null && fiber.definition.portable;
}
