/**
 * What a task costs, learned from the threads' own measurements, and how many calls of it are worth one message.
 *
 * A thread wake-up costs 12 to 100 us, so tiny tasks must travel together; but a batch that lasts holds back what waits behind
 * it. So a batch grows only while the measured time per item is small, and shrinks at once when it is not.
 */

/** A batch should not take longer than this, in microseconds: what waits behind it hardly notices. */
export const BATCH_TARGET_US = 700;

/** Less work than this is not worth waking another thread for, in microseconds: about what a wake-up costs. */
export const WAKE_COST_US = 100;

/** No batch is longer: bounds the memory of one message. */
const LARGEST_BATCH = 1024;

/** Weight of a new measurement that is lower than the estimate. A higher one counts in full. */
const LEARNING_RATE = 0.5;

/** Below this a measurement says nothing but "cheap", in microseconds. */
const CHEAPEST_US = 0.05;

export class TaskCost {
  /** Expected microseconds a call; `undefined` before the first measurement. */
  perItemUs: number | undefined = undefined;
  /** Most calls in one batch right now. */
  cap = 1;

  /** Takes a measurement: `count` calls took `us` microseconds together. */
  learn(us: number, count: number): void {
    const measured = Math.max(CHEAPEST_US, us / count);
    const known = this.perItemUs;
    this.perItemUs = known === undefined || measured > known ? measured : known + LEARNING_RATE * (measured - known);
    const affordable = Math.max(1, Math.floor(BATCH_TARGET_US / this.perItemUs));
    this.cap = Math.min(this.cap * 2, affordable, LARGEST_BATCH);
  }
}
