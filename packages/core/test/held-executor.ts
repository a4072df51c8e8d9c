import { InlineExecutor } from '@heddle/core';
import type { Fiber } from '@heddle/core/engine';

/** Holds back every task until it is released: a queue that a test can see standing. */
export class HeldExecutor extends InlineExecutor {
  #held: Fiber[] | null = [];

  override enqueue(fiber: Fiber): void {
    if (this.#held === null) super.enqueue(fiber);
    else this.#held.push(fiber);
  }

  /** Lets everything go that was held, in order of arrival, and whatever comes later. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const fiber of held) if (fiber.state === 'ready') this.enqueue(fiber);
  }
}
