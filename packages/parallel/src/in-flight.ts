/**
 * How many chunks are under way at once. Items of a chunk run one after another, so this is also how many items are.
 *
 * A given concurrency is kept. Otherwise two chunks a thread: one runs while the other one's message travels. Where threads sit
 * idle while their chunks are under way, because the items wait for something, more are sent: the number grows while that
 * goes on, and shrinks again when threads are busy.
 */

const CHUNKS_PER_THREAD = 2;

/** How many more chunks each one that left its thread idle allows: the number quadruples with each round of waiting items. */
const GROWTH = 3;

/** Idle part of a chunk's time from which on its thread could have done more. */
const IDLE_SHARE = 0.25;

/** Most chunks a thread while no concurrency is given: about what hosts allow of open files and sockets without being asked. */
const MAX_CHUNKS_PER_THREAD = 256;

export class InFlight {
  readonly #concurrency: number;
  readonly #capacity: () => number;
  #allowance = 0;

  /** @param capacity how many threads the executor has; asked each time, as it may change */
  constructor(concurrency: number, capacity: () => number) {
    this.#concurrency = concurrency;
    this.#capacity = capacity;
  }

  /** Most chunks that may be under way now. */
  get limit(): number {
    if (this.#concurrency < Infinity) return this.#concurrency;
    const capacity = this.#capacity();
    return Math.min(capacity * CHUNKS_PER_THREAD + this.#allowance, capacity * MAX_CHUNKS_PER_THREAD);
  }

  /** Takes a measurement: of `elapsedMs` that a chunk was under way, its thread sat idle for `idleMs`. */
  learn(elapsedMs: number, idleMs: number): void {
    if (idleMs > elapsedMs * IDLE_SHARE) this.#allowance = Math.min(this.#allowance + GROWTH, this.#capacity() * MAX_CHUNKS_PER_THREAD);
    else if (this.#allowance > 0) this.#allowance--;
  }
}
