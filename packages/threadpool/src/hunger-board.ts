/**
 * Which threads have nothing to do, in memory that all threads of a pool share. A busy thread looks here at its scheduling points
 * (one atomic load while nobody is hungry) and gives away a call it has spawned; so nothing is serialised while all are busy.
 *
 * Layout: Int32. Slot 0 counts the hungry; slot n tells of thread n.
 *
 * Who may write: a thread declares its own hunger and takes it back; whoever wins the compare-and-exchange of a slot from HUNGRY
 * to FED owes that thread exactly one call; the pool takes back the hunger of a thread that died.
 *
 * @see Acar, Charguéraud, Rainey, "Scheduling Parallel Programs by Work Stealing with Private Deques" (PPoPP 2013)
 */

const COUNT = 0;
const FED = 0;
const HUNGRY = 1;

export class HungerBoard {
  readonly #slots: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#slots = new Int32Array(memory);
  }

  /** Makes the memory for threads 1 to `threads`. */
  static allocate(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer((threads + 1) * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Whether any thread is hungry. */
  get isAnyHungry(): boolean {
    return Atomics.load(this.#slots, COUNT) > 0;
  }

  /** Thread `thread` would take a call. */
  declare(thread: number): void {
    if (Atomics.compareExchange(this.#slots, thread, FED, HUNGRY) === FED) Atomics.add(this.#slots, COUNT, 1);
  }

  /** Thread `thread` takes no call any more. */
  withdraw(thread: number): boolean {
    if (Atomics.compareExchange(this.#slots, thread, HUNGRY, FED) !== HUNGRY) return false;
    Atomics.sub(this.#slots, COUNT, 1);
    return true;
  }

  /** Picks a hungry thread to feed. @returns its number, or undefined when others were faster */
  claim(): number | undefined {
    for (let thread = 1; thread < this.#slots.length; thread++) if (this.withdraw(thread)) return thread;
    return undefined;
  }
}
