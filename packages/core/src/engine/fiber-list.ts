/** A list of fibers, linked through the fibers themselves: adding and removing allocate nothing. A fiber is in one list at a time. */

import type { Fiber } from './fiber.ts';

export class FiberList {
  #first: Fiber | null = null;
  #last: Fiber | null = null;

  get isEmpty(): boolean {
    return this.#first === null;
  }

  add(fiber: Fiber): void {
    fiber.previousInList = this.#last;
    if (this.#last === null) this.#first = fiber;
    else this.#last.nextInList = fiber;
    this.#last = fiber;
  }

  /** Invariant: `fiber` is in this list. */
  remove(fiber: Fiber): void {
    const { previousInList, nextInList } = fiber;
    if (previousInList === null) this.#first = nextInList;
    else previousInList.nextInList = nextInList;
    if (nextInList === null) this.#last = previousInList;
    else nextInList.previousInList = previousInList;
    fiber.previousInList = null;
    fiber.nextInList = null;
  }

  /** The fibers, oldest first. */
  *[Symbol.iterator](): Iterator<Fiber> {
    for (let fiber = this.#first; fiber !== null; fiber = fiber.nextInList) yield fiber;
  }
}
