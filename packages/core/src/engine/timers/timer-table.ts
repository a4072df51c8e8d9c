/**
 * Timers as rows of a table: columns of numbers, in place of an object each. A million timers that live for seconds are a
 * burden on the garbage collector as objects with links between them (setting and firing one then took twice as long), and none
 * as numbers.
 *
 * Invariant: ids are rows of the table, so a look-up in its columns never misses.
 */

/** No row. */
export const NONE = -1;

/** Rows to begin with. */
const FIRST_CAPACITY = 64;

/** Rows that an empty table may keep, so that the next burst finds room; a longer table is given back. Half a MiB. */
const KEPT_CAPACITY = 16_384;

/** The `order` of rows that hold no timer. */
const NO_ORDER = -1;

export class TimerTable {
  /** When a timer is due, in milliseconds of its clock. */
  dueMs = new Float64Array(FIRST_CAPACITY);
  /** How many timers were set before it. No two timers ever have the same, so it also tells a timer from later ones of its row. */
  order = new Float64Array(FIRST_CAPACITY);
  /** The list that a timer is linked in: a number that means something to the wheel. */
  list = new Int16Array(FIRST_CAPACITY);
  /** Its neighbours in that list. Of free rows, `next` is the next free one. */
  next = new Int32Array(FIRST_CAPACITY);
  previous = new Int32Array(FIRST_CAPACITY);
  #callbacks: ((() => void) | undefined)[] = [];
  #firstFree = NONE;
  /** Rows that were ever used: those behind are free too. */
  #used = 0;
  #nextOrder = 0;
  #size = 0;

  /** How many rows hold a timer. */
  get size(): number {
    return this.#size;
  }

  /** Adds a timer. @returns its id: the row that it has until it is removed */
  add(dueMs: number, callback: () => void): number {
    const id = this.#takeRow();
    this.dueMs[id] = dueMs;
    this.order[id] = this.#nextOrder++;
    this.#callbacks[id] = callback;
    this.#size++;
    return id;
  }

  /** Removes a timer that is in no list. @returns its callback */
  remove(id: number): (() => void) | undefined {
    const callback = this.#callbacks[id];
    this.#callbacks[id] = undefined;
    this.order[id] = NO_ORDER;
    this.next[id] = this.#firstFree;
    this.#firstFree = id;
    if (--this.#size === 0) this.#clear();
    return callback;
  }

  /** Whether timer `a` fires before timer `b`. */
  isBefore(a: number, b: number): boolean {
    const { dueMs, order } = this;
    const difference = dueMs[a]! - dueMs[b]!;
    return difference < 0 || (difference === 0 && order[a]! < order[b]!);
  }

  /** Sorts ids of timers in the order in which they fire. @returns `ids` */
  sort(ids: number[]): number[] {
    return ids.sort((a, b) => (this.isBefore(a, b) ? -1 : 1));
  }

  /** The ids of all timers, in no order. */
  ids(): number[] {
    const ids: number[] = [];
    for (let id = 0; id < this.#used; id++) if (this.order[id] !== NO_ORDER) ids.push(id);
    return ids;
  }

  #takeRow(): number {
    const id = this.#firstFree;
    if (id !== NONE) {
      this.#firstFree = this.next[id]!;
      return id;
    }
    if (this.#used === this.dueMs.length) this.#resize(this.#used * 2);
    return this.#used++;
  }

  #clear(): void {
    this.#firstFree = NONE;
    this.#used = 0;
    if (this.dueMs.length <= KEPT_CAPACITY) return;
    this.#callbacks = [];
    this.#resize(FIRST_CAPACITY);
  }

  #resize(capacity: number): void {
    const used = this.#used;
    const resize = <C extends Float64Array | Int32Array | Int16Array>(column: C, resized: C): C => {
      resized.set(column.subarray(0, used));
      return resized;
    };
    this.dueMs = resize(this.dueMs, new Float64Array(capacity));
    this.order = resize(this.order, new Float64Array(capacity));
    this.list = resize(this.list, new Int16Array(capacity));
    this.next = resize(this.next, new Int32Array(capacity));
    this.previous = resize(this.previous, new Int32Array(capacity));
  }
}
