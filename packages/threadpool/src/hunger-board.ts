/**
 * Which threads have nothing to do, in memory that all threads of a pool share. A busy thread looks here at its scheduling points
 * (one read while nobody is hungry) and gives away a call it has spawned; so nothing is serialised while all are busy.
 *
 * Layout: Int32. Slot 0 counts the hungry, never too few of them; slot n holds the incarnation of thread n while it is hungry, else 0. Thread numbers
 * are used again after a thread has died, incarnations never: so whoever feeds a thread feeds the one it has a port to.
 *
 * Who may write: a thread declares its own hunger and takes it back; whoever else withdraws it owes that thread at least one call,
 * or restores it; the pool, and every peer, withdraws the hunger of a thread that died. `STEALING.md` has the whole protocol.
 *
 * @see Acar, Charguéraud, Rainey, "Scheduling Parallel Programs by Work Stealing with Private Deques" (PPoPP 2013)
 */

const COUNT = 0;
const FED = 0;

export class HungerBoard {
  readonly #slots: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#slots = new Int32Array(memory);
  }

  /** Makes the memory for threads 1 to `threads`. */
  static allocate(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer((threads + 1) * Int32Array.BYTES_PER_ELEMENT);
  }

  /**
   * Whether any thread is hungry.
   *
   * Ordering: a plain read, which costs a tenth of an atomic one (bench `steal-overhead`). Nothing is agreed on by it: whoever has a call to give
   * away asks again and again, so it only has to be true some time.
   */
  get isAnyHungry(): boolean {
    // Invariant: there is a cell for the count.
    return this.#slots[COUNT]! > 0;
  }

  /** The thread would take a call. */
  declare(thread: number, incarnation: number): void {
    // Ordering: counted first, so that the count is never behind the slots: one that is ahead costs a look at them, one behind a wake-up.
    Atomics.add(this.#slots, COUNT, 1);
    // It, or a dead predecessor that nobody has withdrawn yet, is in the count already.
    if (Atomics.exchange(this.#slots, thread, incarnation) !== FED) Atomics.sub(this.#slots, COUNT, 1);
  }

  /** Undoes a withdrawal, unless the thread has declared itself anew meanwhile, or another one that has its number now. */
  restore(thread: number, incarnation: number): void {
    Atomics.add(this.#slots, COUNT, 1);
    if (Atomics.compareExchange(this.#slots, thread, FED, incarnation) !== FED) Atomics.sub(this.#slots, COUNT, 1);
  }

  /** The thread takes no call any more. @returns whether this incarnation of it was hungry until now */
  withdraw(thread: number, incarnation: number): boolean {
    if (Atomics.compareExchange(this.#slots, thread, incarnation, FED) !== incarnation) return false;
    Atomics.sub(this.#slots, COUNT, 1);
    return true;
  }
}
