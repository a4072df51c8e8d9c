/**
 * What each thread is doing, in memory that all threads of a pool share: so that others can tell without asking a thread that may
 * not answer.
 *
 * Calls that were sent to a thread, its *items*, have numbers that both sides count; a loan has the number that its lender gave it.
 * Numbers wrap around, those of loans at 32 bits and those of items at 30: compare them by difference only.
 *
 * *Begun*: the number of the last item that the thread has begun. Items begin in the order in which they were sent, so later ones
 * have not. The thread notes an item as begun and then looks for mail; whoever cancels an item puts a message and mail and then
 * looks whether it has begun. So one of the two sees the other (Dekker), and a call that was cancelled before it began never does.
 * The same cell has two flags, which the pool sets and of which the thread learns because it cannot begin an item while one is
 * set: `TAKEN` (the protocol of taking items back is in `DESIGN.md`) and `ASKED` (the pool wants to be told of the next beginning).
 *
 * *Occupant*: the root of the task tree that the thread steps right now.
 */

/** Cells of one thread. */
const BEGUN = 0;
const OWNER = 1;
const NUMBER = 2;
const MAIL = 3;
const CELLS = 4;

/** In the cell `BEGUN`, below the number. */
export const Flags = {
  /** The pool has taken items back; the message that says which was sent before. */
  Taken: 1,
  /** The pool wants to be told when an item begins. */
  Asked: 2,
} as const;
const FLAG_BITS = 2;
const FLAG_MASK = 0b11;

/** No thread has this incarnation. */
const NOBODY = 0;

/** The root of the task that a thread steps: an item of its own, or a loan. */
export interface Occupant {
  /** The incarnation of the thread whose item it is, or that lent it. 0 when the thread steps nothing. */
  readonly owner: number;
  /** The number of the item, or of the loan. */
  readonly number: number;
}

/** The whole board: the view of whoever looks at threads from outside. */
export class OccupancyBoard {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** Makes the memory for threads 1 to `threads`. */
  static allocate(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer((threads + 1) * CELLS * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Prepares the place of a thread that takes the number of a dead one. */
  reset(thread: number): void {
    this.#cells.fill(0, thread * CELLS, (thread + 1) * CELLS);
  }

  /** What the thread steps at this moment. */
  occupant(thread: number): Occupant {
    return { owner: Atomics.load(this.#cells, thread * CELLS + OWNER), number: Atomics.load(this.#cells, thread * CELLS + NUMBER) };
  }

  /** Whether the thread has begun its item of this number. */
  hasBegun(thread: number, item: number): boolean {
    return itemsBetween(this.begun(thread), item) <= 0;
  }

  /** The number of the last item that the thread has begun. */
  begun(thread: number): number {
    return Atomics.load(this.#cells, thread * CELLS + BEGUN) >> FLAG_BITS;
  }

  /** Keeps the thread from beginning another item before it has read its messages. @returns the number of the last item that it has begun */
  halt(thread: number): number {
    return Atomics.or(this.#cells, thread * CELLS + BEGUN, Flags.Taken) >> FLAG_BITS;
  }

  /** Makes the thread tell when it next begins an item. */
  askToTell(thread: number): void {
    Atomics.or(this.#cells, thread * CELLS + BEGUN, Flags.Asked);
  }

  /** Makes the thread read its messages before it steps another task, or when its task asks whether it was cancelled. To be called after the message was sent. */
  putMail(thread: number): void {
    Atomics.store(this.#cells, thread * CELLS + MAIL, 1);
  }
}

/** A thread's own place on the board. */
export class OwnOccupancy {
  readonly #cells: Int32Array;
  /** Invariant: what `BEGUN` holds, its flags aside. */
  #begun = 0;

  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#cells = new Int32Array(memory, thread * CELLS * Int32Array.BYTES_PER_ELEMENT, CELLS);
  }

  /** The thread begins to step this task. Plain stores: nobody acts on it before it has stood there for long. */
  occupy(owner: number, number: number): void {
    this.#cells[NUMBER] = number;
    this.#cells[OWNER] = owner;
  }

  /** The thread steps nothing. */
  vacate(): void {
    this.#cells[OWNER] = NOBODY;
  }

  /**
   * The thread begins its item of this number. To be called before `takeMail`.
   *
   * @returns false if a flag stands in the way: then the item has not begun, and `takeFlags` tells what is to be done first
   */
  begin(item: number): boolean {
    const next = item << FLAG_BITS;
    if (Atomics.compareExchange(this.#cells, BEGUN, this.#begun, next) !== this.#begun) return false;
    this.#begun = next;
    return true;
  }

  /** The number of the last item that the thread has begun. */
  get begun(): number {
    return this.#begun >> FLAG_BITS;
  }

  /** Takes the flags away. @returns which were set */
  takeFlags(): number {
    return Atomics.and(this.#cells, BEGUN, ~FLAG_MASK) & FLAG_MASK;
  }

  /** Whether there seem to be messages to read at once. Ordering: a plain read, for those who ask again and again. Before a call begins it takes `takeMail`. */
  get hasMail(): boolean {
    return this.#cells[MAIL] !== 0;
  }

  /** Whether there are messages to read at once. */
  takeMail(): boolean {
    if (Atomics.load(this.#cells, MAIL) === 0) return false;
    Atomics.store(this.#cells, MAIL, 0);
    return true;
  }
}

/** How many numbers item `to` comes after item `from`; negative when it comes before. */
export function itemsBetween(from: number, to: number): number {
  return ((to - from) << FLAG_BITS) >> FLAG_BITS;
}

/** Whether the number of a loan, `number`, is `last` or came before it. */
export function isUpTo(number: number, last: number): boolean {
  return ((number - last) | 0) <= 0;
}
