/**
 * Spawned calls in the order in which sequential code would run them: siblings first to last, and the children of one before
 * its next sibling. So a tree of any width is walked with few calls waiting, and the oldest call, which a thief takes, is the
 * one with the most work under it.
 *
 * @see Blumofe and Leiserson, "Scheduling Multithreaded Computations by Work Stealing" (1999)
 */

import type { Fiber } from '@heddle/core/engine';

/** Siblings that were spawned in a row, first to last from `head` on. Deleted ones leave a hole. */
interface Siblings {
  readonly owner: Fiber['owner'];
  readonly fibers: (Fiber | undefined)[];
  head: number;
}

export class DepthFirstQueue {
  /** Invariant: oldest generation first; none without fibers, except below `#bottom`. */
  #generations: Siblings[] = [];
  /** Generations below this one were stolen empty. */
  #bottom = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(fiber: Fiber): void {
    this.#size++;
    const newest = this.#generations.at(-1);
    if (newest !== undefined && this.#generations.length > this.#bottom && newest.owner === fiber.owner) newest.fibers.push(fiber);
    else this.#generations.push({ owner: fiber.owner, fibers: [fiber], head: 0 });
  }

  /** Takes the next call in sequential order. */
  pop(): Fiber | undefined {
    while (this.#generations.length > this.#bottom) {
      // Invariant: the loop's condition.
      const fiber = this.#take(this.#generations.at(-1)!);
      if (fiber !== undefined) return fiber;
      this.#generations.pop();
    }
    this.#reset();
    return undefined;
  }

  /** Takes the oldest call. */
  steal(): Fiber | undefined {
    while (this.#generations.length > this.#bottom) {
      // Invariant: the loop's condition.
      const fiber = this.#take(this.#generations[this.#bottom]!);
      if (fiber !== undefined) return fiber;
      this.#bottom++;
    }
    this.#reset();
    return undefined;
  }

  delete(fiber: Fiber): boolean {
    for (let at = this.#generations.length - 1; at >= this.#bottom; at--) {
      const siblings = this.#generations[at];
      if (siblings?.owner !== fiber.owner) continue;
      const index = siblings.fibers.indexOf(fiber, siblings.head);
      if (index < 0) continue;
      siblings.fibers[index] = undefined;
      this.#size--;
      return true;
    }
    return false;
  }

  #take(siblings: Siblings): Fiber | undefined {
    while (siblings.head < siblings.fibers.length) {
      const fiber = siblings.fibers[siblings.head];
      siblings.fibers[siblings.head++] = undefined;
      if (fiber === undefined) continue;
      this.#size--;
      return fiber;
    }
    return undefined;
  }

  #reset(): void {
    this.#generations.length = 0;
    this.#bottom = 0;
  }
}
