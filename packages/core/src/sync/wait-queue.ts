/**
 * A parking lot: who waits for a primitive, in order of arrival. All primitives of this folder are made of it.
 *
 * Sources: Trio's `ParkingLot` (one FIFO for every primitive; waiters can move from one lot to another), the fair mode of Java's
 * AbstractQueuedSynchronizer, and the intrusive wait lists of Tokio's `batch_semaphore`.
 *
 * Handing over. Whoever releases gives what was released to the first waiter before anyone else can ask, so nobody barges in and
 * nobody starves; the price is that the thing lies idle until that waiter has its turn.
 *
 * Cancelling. A waiter that is cancelled leaves the queue in the same instant, so it is never given anything afterwards. Race: a
 * waiter is given something, and is cancelled before it has had its turn. The engine delivers what it was given, and throws at its
 * next suspension; by then the body has it in its hands and its `finally` or `using` gives it back. So nothing is lost.
 *
 * Differences from Trio: waiters are the list's own nodes, so joining allocates nothing; they carry what they ask for (permits, an
 * item, a lock's mode), which the primitive looks at before it lets the first one through; and what is free is taken without a
 * trip through the scheduler, as long as the fiber's turn lasts (`queued-wait.ts`).
 *
 * Complexity: every operation O(1); iterating O(n).
 */

/** What stands in a queue: its own node. */
export interface Queued {
  /** Invariant: the queue that holds it, `null` when none does. Written by queues only, as are the links. */
  queue: object | null;
  before: Queued | null;
  after: Queued | null;
}

export class WaitQueue<W extends Queued> implements Iterable<W> {
  #first: W | null = null;
  #last: W | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Who has waited longest. */
  get first(): W | null {
    return this.#first;
  }

  /** Adds `waiter` at the end. It must not stand in any queue. */
  push(waiter: W): void {
    waiter.queue = this;
    waiter.before = this.#last;
    if (this.#last === null) this.#first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
    this.#size++;
  }

  /** Takes out who has waited longest. */
  shift(): W | null {
    const first = this.#first;
    if (first !== null) this.remove(first);
    return first;
  }

  /** Takes `waiter` out, wherever it stands. Returns false when it is not in this queue. */
  remove(waiter: W): boolean {
    if (waiter.queue !== this) return false;
    // Invariant: the neighbours of a W are Ws of the same queue.
    const before = waiter.before as W | null;
    const after = waiter.after as W | null;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    waiter.queue = null;
    waiter.before = null;
    waiter.after = null;
    this.#size--;
    return true;
  }

  /** From the first to the last. */
  *[Symbol.iterator](): Iterator<W> {
    for (let waiter = this.#first; waiter !== null; waiter = waiter.after as W | null) yield waiter;
  }
}
