/**
 * Spawned calls in the order in which sequential code would run them: siblings first to last, and the children of one before
 * its next sibling. So a tree of any width is walked with few calls waiting, and the oldest call, which a thief takes, is the
 * one with the most work under it.
 *
 * All calls lie in one array, generation behind generation, oldest first: so a push allocates nothing (bench `steal-overhead`).
 *
 * @see Blumofe and Leiserson, "Scheduling Multithreaded Computations by Work Stealing" (1999)
 */

/** What the queue needs to know of a call. */
interface Child {
  /** Calls of one parent are siblings. */
  readonly parent: unknown;
  /** `'complete'` of calls that were deleted. */
  readonly state: string;
}

/** Slots to begin with. */
const FIRST_CAPACITY = 64;

/** Slots that an empty queue may keep, so that the next tree finds room; more are given back. 128 KiB. */
const KEPT_CAPACITY = 16_384;

export class DepthFirstQueue<T extends Child> {
  /** Siblings that were spawned in a row lie side by side, first to last; behind them the next generation. */
  #calls: (T | undefined)[] = [];
  /** After the newest call. */
  #end = 0;
  /** `#makeRoom` looks for slots of taken calls before the array gets longer than that. */
  #capacity = FIRST_CAPACITY;
  /** Where each generation begins in the array, and where its first call is that was not taken. */
  #starts: number[] = [];
  #heads: number[] = [];
  /** After the newest generation. */
  #top = 0;
  /** Generations below this one were stolen empty. */
  #bottom = 0;
  /** Calls that wait; deleted ones do not count. */
  #size = 0;
  /** Deleted calls that still have their slot, to be skipped: searching for each would take too long in a large family. */
  #deleted = 0;

  get size(): number {
    return this.#size;
  }

  push(call: T): void {
    if (this.#deleted > 0) this.#forgetDeletedNewest();
    if (this.#end === this.#capacity) this.#makeRoom();
    this.#size++;
    const at = this.#end++;
    // Invariant: every generation has a call left, and so the newest one its last.
    if (this.#top === this.#bottom || this.#calls[at - 1]!.parent !== call.parent) {
      this.#starts[this.#top] = at;
      this.#heads[this.#top++] = at;
    }
    this.#calls[at] = call;
  }

  /** Takes the next call in sequential order. */
  pop(): T | undefined {
    while (this.#top > this.#bottom) {
      const call = this.#take(this.#top - 1, this.#end);
      if (call !== undefined) return call;
    }
    return undefined;
  }

  /** Takes the oldest call. */
  steal(): T | undefined {
    while (this.#top > this.#bottom) {
      const call = this.#take(this.#bottom, this.#endOf(this.#bottom));
      if (call !== undefined) return call;
    }
    return undefined;
  }

  /** How many calls of the oldest generation wait, deleted ones included; 0 unless they are siblings of `call`. */
  oldestSiblings(call: T): number {
    if (this.#top === this.#bottom) return 0;
    const end = this.#endOf(this.#bottom);
    // Invariant: every generation has a call left, and so its last one.
    return this.#calls[end - 1]!.parent === call.parent ? end - this.#heads[this.#bottom]! : 0;
  }

  /** Takes out a call that is in the queue, and is complete by the time of the next operation. */
  delete(_call: T): void {
    this.#deleted++;
    if (--this.#size === 0) this.#reset();
  }

  #endOf(generation: number): number {
    // Invariant: there is a next generation, or this is the newest.
    return generation + 1 === this.#top ? this.#end : this.#starts[generation + 1]!;
  }

  #take(generation: number, end: number): T | undefined {
    if (this.#deleted > 0) this.#skipDeleted(generation, end);
    // Invariant: a generation has a head.
    const head = this.#heads[generation]!;
    if (head === end) {
      this.#drop(generation);
      return undefined;
    }
    const call = this.#calls[head];
    this.#calls[head] = undefined;
    this.#heads[generation] = head + 1;
    if (--this.#size === 0) this.#reset();
    else if (head + 1 === end) this.#drop(generation);
    return call;
  }

  #skipDeleted(generation: number, end: number): void {
    // Invariant: a generation has a head.
    let head = this.#heads[generation]!;
    for (; head < end && this.#calls[head]?.state === 'complete'; head++) {
      this.#calls[head] = undefined;
      this.#deleted--;
    }
    this.#heads[generation] = head;
  }

  /** Forgets the newest generations if they have nothing but deleted calls: a new sibling of those below belongs to them. */
  #forgetDeletedNewest(): void {
    while (this.#top > this.#bottom) {
      this.#skipDeleted(this.#top - 1, this.#end);
      if (this.#heads[this.#top - 1] !== this.#end) return;
      this.#drop(this.#top - 1);
    }
  }

  /** Forgets a generation at one end of the queue that has no calls. */
  #drop(generation: number): void {
    if (generation + 1 < this.#top) {
      this.#bottom++;
      return;
    }
    this.#top--;
    // Invariant: a generation has a start.
    this.#end = this.#starts[generation]!;
  }

  /** Closes the gaps that taken calls have left if they are half of the array or more, else lets it grow. */
  #makeRoom(): void {
    if ((this.#size + this.#deleted) * 2 > this.#capacity) {
      this.#capacity *= 2;
      return;
    }
    let at = 0;
    let top = 0;
    for (let generation = this.#bottom; generation < this.#top; generation++) {
      const end = this.#endOf(generation);
      const start = at;
      // Invariant: a generation has a head.
      for (let i = this.#heads[generation]!; i < end; i++) this.#calls[at++] = this.#calls[i];
      this.#starts[top] = start;
      this.#heads[top++] = start;
    }
    this.#calls.fill(undefined, at, this.#end);
    this.#end = at;
    this.#top = top;
    this.#bottom = 0;
  }

  /** The queue is empty. */
  #reset(): void {
    if (this.#capacity > KEPT_CAPACITY) {
      this.#calls = [];
      this.#starts = [];
      this.#heads = [];
      this.#capacity = FIRST_CAPACITY;
    } else if (this.#deleted > 0) this.#calls.fill(undefined);
    this.#end = 0;
    this.#top = 0;
    this.#bottom = 0;
    this.#deleted = 0;
  }
}
