/**
 * How long the run loop may keep the thread before the event loop must have a turn.
 *
 * Reading the clock (40 to 80 ns) costs as much as a short step, so it is read once for each block of steps, and the block's
 * length adapts to how long blocks take (bench `loop-gap`). A fixed block of 64 steps let the event loop wait for 13 ms when
 * steps took 100 us.
 */

/** A block that took less is too short to be worth a look at the clock: the next one is twice as long. */
const SHORT_BLOCK_MS = 0.05;

/** A block that took more makes the slice inexact: the next one is shortened to what would have taken {@link GOOD_BLOCK_MS}. */
const LONG_BLOCK_MS = 0.2;

const GOOD_BLOCK_MS = 0.1;

/**
 * Bounds how long the event loop waits when steps of 70 ns are followed, from one to the next, by long ones: nothing looks at
 * the clock before the block's end. A read for each 128 of the shortest steps costs less than 1 %, and longer blocks gain no more.
 */
const LONGEST_BLOCK = 128;

/** Blocks begin short: nothing is known of the steps yet. */
const FIRST_BLOCK = 8;

/**
 * A slice of real time and of steps. Use: `resume`, `spend` for each step, `pause`; and `renew` whenever the event loop has had
 * its turn. What was spent before a pause counts until then: a task that is woken by promises over and over
 * runs in ever new microtasks of one and the same turn of the event loop.
 */
export class TurnBudget {
  readonly #sliceMs: number;
  readonly #sliceSteps: number;
  readonly #now: () => number;
  /** Steps of a block, adapted as blocks go by. */
  #interval = FIRST_BLOCK;
  /** Steps of the block under way: `interval`, or what is left of the slice. */
  #block = 0;
  /** Steps left in the block under way. */
  #left = 0;
  #blockStartMs = 0;
  /** Time and steps left in the slice, before the block under way. */
  #sliceLeftMs: number;
  #sliceLeftSteps: number;

  /**
   * @param sliceMs time of a slice in milliseconds, or Infinity: then the clock is never read
   * @param sliceSteps steps of a slice, or Infinity
   * @param now the host's monotonic clock in milliseconds
   */
  constructor(sliceMs: number, sliceSteps: number, now: () => number) {
    this.#sliceMs = sliceMs;
    this.#sliceSteps = sliceSteps;
    this.#now = now;
    this.#sliceLeftMs = sliceMs;
    this.#sliceLeftSteps = sliceSteps;
  }

  /** Whether the slice is used up. True until `renew`. */
  get isSpent(): boolean {
    return this.#sliceLeftMs <= 0 || this.#sliceLeftSteps <= 0;
  }

  /** Begins a whole slice anew. */
  renew(): void {
    this.#sliceLeftMs = this.#sliceMs;
    this.#sliceLeftSteps = this.#sliceSteps;
  }

  /** Time counts from here. */
  resume(): void {
    if (this.#sliceMs !== Infinity) this.#blockStartMs = this.#now();
    this.#beginBlock();
  }

  /** Time does not count from here. */
  pause(): void {
    if (!this.isSpent) this.#charge();
  }

  /** Counts one step. @returns whether there is budget for another */
  spend(): boolean {
    return --this.#left > 0 || this.#endBlock();
  }

  #beginBlock(): void {
    this.#block = Math.min(this.#interval, this.#sliceLeftSteps);
    this.#left = this.#block;
  }

  #endBlock(): boolean {
    if (this.isSpent) return false;
    const blockMs = this.#charge();
    // A block cut short by the step budget says nothing about the interval.
    if (blockMs < SHORT_BLOCK_MS && this.#block === this.#interval) this.#interval = Math.min(this.#interval * 2, LONGEST_BLOCK);
    else if (blockMs > LONG_BLOCK_MS) this.#interval = Math.max(Math.floor((this.#block * GOOD_BLOCK_MS) / blockMs), 1);
    // A spent slice begins no block, so that whoever asks next is refused too.
    if (this.isSpent) return false;
    this.#beginBlock();
    return true;
  }

  /** Takes the block under way off the slice. @returns its time */
  #charge(): number {
    this.#sliceLeftSteps -= this.#block - this.#left;
    if (this.#sliceMs === Infinity) return 0;
    const nowMs = this.#now();
    const blockMs = nowMs - this.#blockStartMs;
    this.#blockStartMs = nowMs;
    this.#sliceLeftMs -= blockMs;
    return blockMs;
  }
}
