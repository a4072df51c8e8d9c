/**
 * A hierarchical timing wheel: timers by the millisecond in which they are due, coarser the further away that is.
 *
 * Level 0 has a slot for each of 32 milliseconds, level 1 for each 32 of those, and so on: six levels make a *page* of 2^30 ms
 * (12 days). A timer lies on the level of the highest digit, to base 32, in which its millisecond differs from the position of
 * the wheel. When the position comes to a slot of a higher level, its timers move down, each at most once a level. What lies
 * beyond the page waits in one list until the page is turned. So setting and cancelling take constant time, however many timers
 * there are, and the empty stretches between them are skipped by a look at one word a level.
 *
 * The timers of the slot that the position has come to are put in order, in the *run*, and taken from its front. So nothing is
 * ordered that is cancelled before, as most time-outs are.
 *
 * @see Varghese, Lauck: Hashed and Hierarchical Timing Wheels, SOSP 1987 (scheme 7)
 */

import { NONE, type TimerTable } from './timer-table.ts';

/** Of a digit. 32 slots, so that one integer tells which of them are occupied. */
const DIGIT_BITS = 5;
const SLOTS = 2 ** DIGIT_BITS;
const LEVELS = 6;

/** Milliseconds that the levels hold. Small enough for integer arithmetic within a page. */
const PAGE_MS = SLOTS ** LEVELS;

// The lists beside the slots, which are numbered level by level.
/** What is due beyond the page. */
const BEYOND = LEVELS * SLOTS;
/** What was set when the position had come to its millisecond already. */
const LATE = BEYOND + 1;
/** What fires next, in order. */
const RUN = LATE + 1;
const LISTS = RUN + 1;

export class TimerWheel {
  readonly #table: TimerTable;
  /** The last timer of each list, or NONE. Lists are circular: after the last one comes the first. */
  readonly #last = new Int32Array(LISTS).fill(NONE);
  /** Invariant: no timer of the list is due before this. Infinity when it is empty. */
  readonly #earliestMs = new Float64Array(LISTS).fill(Infinity);
  /** Invariant: bit s of level l is set exactly when that slot has timers. */
  readonly #occupied = new Int32Array(LEVELS);
  /** Invariant: a multiple of PAGE_MS. */
  #pageMs: number;
  /** The millisecond that the wheel has come to, counted from the page's. Invariant: what is due in a later one is in a slot or BEYOND. */
  #position: number;

  constructor(table: TimerTable, nowMs: number) {
    this.#table = table;
    this.#pageMs = pageOf(nowMs);
    this.#position = Math.floor(nowMs) - this.#pageMs;
  }

  /** No timer is due before this. Exact until one is removed; Infinity when there is none. */
  get earliestMs(): number {
    return Math.min(this.#runMs, this.#earliestMs[LATE]!, this.#earliestMs[this.#nextList()]!);
  }

  insert(id: number): void {
    const offset = Math.floor(this.#table.dueMs[id]!) - this.#pageMs;
    if (offset <= this.#position) this.#append(id, LATE);
    else this.#insertAhead(id, offset);
  }

  remove(id: number): void {
    const { list, next, previous } = this.#table;
    const from = list[id]!;
    const after = next[id]!;
    if (after === id) {
      this.#empty(from);
      return;
    }
    const before = previous[id]!;
    next[before] = after;
    previous[after] = before;
    if (this.#last[from] === id) this.#last[from] = before;
  }

  /**
   * Goes on towards `nowMs` until a timer is due. There must be one.
   *
   * @returns the first of all timers; NONE when it is due after `nowMs`
   */
  firstDue(nowMs: number): number {
    for (;;) {
      const runMs = this.#runMs;
      if (this.#earliestMs[LATE]! < runMs) this.#beginRun(LATE);
      // Invariant: the run has a first timer, because it has a time.
      else if (runMs < Infinity) return runMs <= nowMs ? this.#table.next[this.#last[RUN]!]! : NONE;
      else if (!this.#advance(nowMs)) return NONE;
    }
  }

  /** When the first timer of the run is due. */
  get #runMs(): number {
    const last = this.#last[RUN]!;
    return last === NONE ? Infinity : this.#table.dueMs[this.#table.next[last]!]!;
  }

  /**
   * Goes on towards `nowMs` as far as the next slot that has timers. Those of one millisecond become the run, others move nearer.
   *
   * @returns false when the wheel has come to `nowMs`, and nothing more is due
   */
  #advance(nowMs: number): boolean {
    const list = this.#nextList();
    if (list === BEYOND) return this.#turnPage(nowMs);
    const nowOffset = Math.floor(nowMs) - this.#pageMs;
    const shift = (list >>> DIGIT_BITS) * DIGIT_BITS;
    const upper = (this.#position >>> (shift + DIGIT_BITS)) << (shift + DIGIT_BITS);
    const slotOffset = upper | ((list & (SLOTS - 1)) << shift);
    if (slotOffset > nowOffset) {
      this.#position = Math.max(this.#position, nowOffset);
      return false;
    }
    const dueOffset = shift === 0 ? slotOffset : this.#loneOffset(list);
    if (dueOffset <= nowOffset) {
      this.#position = dueOffset;
      this.#beginRun(list);
    } else {
      this.#position = slotOffset;
      this.#spread(list);
    }
    return true;
  }

  /** The list that has the next timers ahead: BEYOND when there are none on the page. */
  #nextList(): number {
    for (let level = 0; level < LEVELS; level++) {
      const occupied = this.#occupied[level]!;
      // The lowest bit. Each slot of a level comes before all of the next one.
      if (occupied !== 0) return level * SLOTS + 31 - Math.clz32(occupied & -occupied);
    }
    return BEYOND;
  }

  /** The millisecond of the only timer in a list, which need not go down level by level. Infinity when there are more. */
  #loneOffset(list: number): number {
    const { dueMs, next } = this.#table;
    const id = this.#last[list]!;
    return next[id] === id ? Math.floor(dueMs[id]!) - this.#pageMs : Infinity;
  }

  /** Nothing is left on the page, so all timers are beyond it. */
  #turnPage(nowMs: number): boolean {
    const ms = Math.floor(Math.min(nowMs, this.#earliestMs[BEYOND]!));
    if (ms < this.#pageMs + PAGE_MS) {
      this.#position = Math.max(this.#position, ms - this.#pageMs);
      return false;
    }
    this.#pageMs = pageOf(ms);
    this.#position = ms - this.#pageMs;
    this.#spread(BEYOND);
    return true;
  }

  /** Inserts the timers of a list anew, now that the position is nearer to them. In order, so that those of one moment stay in order. */
  #spread(from: number): void {
    const { dueMs, next } = this.#table;
    const last = this.#last[from]!;
    this.#empty(from);
    for (let id = next[last]!; ; ) {
      const after = next[id]!;
      this.#insertAhead(id, Math.floor(dueMs[id]!) - this.#pageMs);
      if (id === last) return;
      id = after;
    }
  }

  #insertAhead(id: number, offset: number): void {
    if (offset >= PAGE_MS) {
      this.#append(id, BEYOND);
      return;
    }
    // Of equal numbers the highest digit that differs comes out as -1 / 5, which is level 0.
    const level = ((31 - Math.clz32(offset ^ this.#position)) / DIGIT_BITS) | 0;
    const slot = (offset >>> (level * DIGIT_BITS)) & (SLOTS - 1);
    this.#occupied[level]! |= 1 << slot;
    this.#append(id, level * SLOTS + slot);
  }

  #append(id: number, to: number): void {
    const { dueMs, list, next, previous } = this.#table;
    const last = this.#last[to]!;
    if (last === NONE) {
      next[id] = id;
      previous[id] = id;
    } else {
      const first = next[last]!;
      next[last] = id;
      previous[id] = last;
      next[id] = first;
      previous[first] = id;
    }
    list[id] = to;
    this.#last[to] = id;
    this.#earliestMs[to] = Math.min(this.#earliestMs[to]!, dueMs[id]!);
  }

  #empty(list: number): void {
    this.#last[list] = NONE;
    this.#earliestMs[list] = Infinity;
    if (list < BEYOND) this.#occupied[list >>> DIGIT_BITS]! &= ~(1 << (list & (SLOTS - 1)));
  }

  /**
   * Makes the timers of a list part of the run.
   *
   * Ordering: late ones join a run only if one of them is due before its first. Where they are due at one moment they come
   * after those of the run, which were set before them.
   */
  #beginRun(from: number): void {
    const { next } = this.#table;
    let isInOrder = true;
    let previous = this.#last[RUN]!;
    const last = this.#last[from]!;
    this.#empty(from);
    for (let id = next[last]!; ; ) {
      const after = next[id]!;
      if (previous !== NONE && this.#table.isBefore(id, previous)) isInOrder = false;
      this.#append(id, RUN);
      if (id === last) break;
      previous = id;
      id = after;
    }
    // Most often they were set in the order in which they are due.
    if (!isInOrder) this.#sortRun();
  }

  #sortRun(): void {
    const { next } = this.#table;
    const last = this.#last[RUN]!;
    const ids: number[] = [];
    for (let id = next[last]!; id !== last; id = next[id]!) ids.push(id);
    ids.push(last);
    this.#empty(RUN);
    for (const id of this.#table.sort(ids)) this.#append(id, RUN);
  }
}

function pageOf(ms: number): number {
  return Math.floor(ms / PAGE_MS) * PAGE_MS;
}
