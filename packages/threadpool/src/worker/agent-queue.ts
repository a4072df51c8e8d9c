/**
 * The run queue of an agent: fibers that are ready, and behind them children that tasks here have spawned and nobody has
 * started. Kept apart, because an unstarted child may still move to another thread and a started fiber may not.
 */

import type { Fiber } from '@heddle/core/engine';
import type { QueuePolicy } from '@heddle/multiplexer';

export class AgentQueue implements QueuePolicy<Fiber> {
  readonly #ready: QueuePolicy<Fiber>;
  readonly #unstarted: QueuePolicy<Fiber>;

  constructor(makeQueue: () => QueuePolicy<Fiber>) {
    this.#ready = makeQueue();
    this.#unstarted = makeQueue();
  }

  get size(): number {
    return this.#ready.size + this.#unstarted.size;
  }

  push(fiber: Fiber): void {
    (isMovable(fiber) ? this.#unstarted : this.#ready).push(fiber);
  }

  pop(): Fiber | undefined {
    return this.#ready.pop() ?? this.#unstarted.pop();
  }

  delete(fiber: Fiber): boolean {
    return (isMovable(fiber) ? this.#unstarted : this.#ready).delete(fiber);
  }

  /** Gives up the oldest child that has not started. */
  steal(): Fiber | undefined {
    return this.#unstarted.pop();
  }
}

function isMovable(fiber: Fiber): boolean {
  return !fiber.hasStarted && !fiber.isPinned && fiber.owner !== null && fiber.call.definition.portable;
}
