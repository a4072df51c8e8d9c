/**
 * Spawned calls in the order in which sequential code would run them: siblings first to last, and the children of one before
 * its next sibling. So a tree of any width is walked with few calls waiting, and the oldest call, which a thief takes, is the
 * one with the most work under it.
 *
 * @see Blumofe and Leiserson, "Scheduling Multithreaded Computations by Work Stealing" (1999)
 */

/** What the queue needs to know of a call. */
interface Child {
  /** Calls of one parent are siblings. */
  readonly parent: unknown;
}

/** Siblings that were spawned in a row, first to last from `head` on. */
interface Siblings<T> {
  readonly parent: unknown;
  readonly calls: (T | undefined)[];
  head: number;
}

/** Slots of taken calls that a family may carry along before they are given back. */
const MOST_SPENT_SLOTS = 1_024;

export class DepthFirstQueue<T extends Child> {
  /** Oldest generation first. */
  readonly #generations: Siblings<T>[] = [];
  /** Generations below this one were stolen empty. */
  #bottom = 0;
  /** Calls that wait; deleted ones do not count. */
  #size = 0;
  /** Deleted calls that are still among their siblings, to be skipped: searching for each would take too long in a large family. */
  readonly #deleted = new Set<T>();

  get size(): number {
    return this.#size;
  }

  push(call: T): void {
    if (this.#size++ === 0) this.#reset();
    const newest = this.#newest();
    if (newest !== undefined && newest.parent === call.parent) newest.calls.push(call);
    else this.#generations.push({ parent: call.parent, calls: [call], head: 0 });
  }

  /** Returns the newest generation that has calls left, and forgets those above it that have none: a new sibling belongs to it. */
  #newest(): Siblings<T> | undefined {
    while (this.#generations.length > this.#bottom) {
      // Invariant: the loop's condition.
      const newest = this.#generations.at(-1)!;
      if (this.#skipGone(newest)) return newest;
      this.#generations.pop();
    }
    return undefined;
  }

  /** Takes the next call in sequential order. */
  pop(): T | undefined {
    while (this.#generations.length > this.#bottom) {
      // Invariant: the loop's condition.
      const call = this.#take(this.#generations.at(-1)!);
      if (call !== undefined) return call;
      this.#generations.pop();
    }
    return undefined;
  }

  /** Takes the oldest call. */
  steal(): T | undefined {
    while (this.#generations.length > this.#bottom) {
      // Invariant: the loop's condition.
      const call = this.#take(this.#generations[this.#bottom]!);
      if (call !== undefined) return call;
      this.#bottom++;
    }
    return undefined;
  }

  /** How many calls of the oldest generation wait, deleted ones included; 0 unless they are siblings of `call`. */
  oldestSiblings(call: T): number {
    const oldest = this.#generations[this.#bottom];
    return oldest === undefined || oldest.parent !== call.parent ? 0 : oldest.calls.length - oldest.head;
  }

  /** Takes out a call that is in the queue. */
  delete(call: T): void {
    this.#deleted.add(call);
    this.#size--;
  }

  #take(siblings: Siblings<T>): T | undefined {
    if (!this.#skipGone(siblings)) return undefined;
    const call = siblings.calls[siblings.head];
    siblings.calls[siblings.head++] = undefined;
    this.#size--;
    if (siblings.head >= MOST_SPENT_SLOTS && siblings.head * 2 >= siblings.calls.length) {
      siblings.calls.splice(0, siblings.head);
      siblings.head = 0;
    }
    return call;
  }

  /** Moves `head` over deleted calls. Returns whether one is left. */
  #skipGone(siblings: Siblings<T>): boolean {
    for (; siblings.head < siblings.calls.length; siblings.head++) {
      const call = siblings.calls[siblings.head];
      if (call !== undefined && (this.#deleted.size === 0 || !this.#deleted.delete(call))) return true;
      siblings.calls[siblings.head] = undefined;
    }
    return false;
  }

  #reset(): void {
    this.#generations.length = 0;
    this.#bottom = 0;
    this.#deleted.clear();
  }
}
