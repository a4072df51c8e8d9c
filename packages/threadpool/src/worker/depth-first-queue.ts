/**
 * Spawned calls in the order in which sequential code would run them: siblings first to last, and the children of one before
 * its next sibling. So a tree of any width is walked with few calls waiting, and the oldest call, which a thief takes, is the
 * one with the most work under it.
 *
 * @see Blumofe and Leiserson, "Scheduling Multithreaded Computations by Work Stealing" (1999)
 */

/** What the queue needs to know of a call. */
interface Owned {
  /** Calls of one owner are siblings. */
  readonly owner: unknown;
}

/** Siblings that were spawned in a row, first to last from `head` on. */
interface Siblings<T> {
  owner: unknown;
  readonly calls: (T | undefined)[];
  head: number;
}

export class DepthFirstQueue<T extends Owned> {
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
    const newest = this.#generations.length > this.#bottom ? this.#generations.at(-1) : undefined;
    if (newest === undefined) {
      this.#generations.push({ owner: call.owner, calls: [call], head: 0 });
    } else if (newest.head === newest.calls.length) {
      // Emptied, and not reused it would grow for as long as its owner spawns.
      newest.owner = call.owner;
      newest.calls.length = 0;
      newest.head = 0;
      newest.calls.push(call);
    } else if (newest.owner === call.owner) {
      newest.calls.push(call);
    } else {
      this.#generations.push({ owner: call.owner, calls: [call], head: 0 });
    }
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

  /** Takes out a call that is in the queue. */
  delete(call: T): void {
    this.#deleted.add(call);
    this.#size--;
  }

  #take(siblings: Siblings<T>): T | undefined {
    while (siblings.head < siblings.calls.length) {
      const call = siblings.calls[siblings.head];
      siblings.calls[siblings.head++] = undefined;
      if (call === undefined || (this.#deleted.size > 0 && this.#deleted.delete(call))) continue;
      this.#size--;
      return call;
    }
    return undefined;
  }

  #reset(): void {
    this.#generations.length = 0;
    this.#bottom = 0;
    this.#deleted.clear();
  }
}
