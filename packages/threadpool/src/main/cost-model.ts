/**
 * What a task costs, learned from the threads' own measurements, and how many calls of it are worth one message.
 *
 * A thread wake-up costs 12 to 100 us, so tiny tasks must travel together; but a batch that lasts holds back what waits behind
 * it. So a batch grows only while the measured time per item is small, and shrinks at once when it is not.
 *
 * Where few calls are long and the others short (*erratic*), small batches would cost the short ones more than they save them: a
 * batch is then as large as the short ones allow, and the rebalancer takes back what a long one keeps waiting.
 */

import type { TaskDefinition } from '@heddle/core/engine';

/** A batch should not take longer than this, in microseconds: what waits behind it hardly notices. */
export const BATCH_TARGET_US = 700;

/** Nor a batch of short calls while many of them wait: each message takes the thread that submits from those that compute (bench `tasks-100us`). */
export const LONG_BATCH_US = 4_000;

/** Calls up to this are short, in microseconds: many go into a batch, so that what a thread has begun tells how it gets on. */
export const SHORT_CALL_US = 250;

/** Less work than this is not worth waking another thread for, in microseconds: about what a wake-up costs. */
export const WAKE_COST_US = 100;

/** No batch is longer: bounds the memory of one message. */
const LARGEST_BATCH = 1024;

/** Weight of a new measurement that is lower than the estimate. A higher one counts in full. */
const LEARNING_RATE = 0.5;

/** Below this a measurement says nothing but "cheap", in microseconds. */
const CHEAPEST_US = 0.05;

/** How many calls the mean is of, roughly. */
const MEAN_OF_CALLS = 1_000;

/** Below this mean, in microseconds, long calls are too rare to send more messages for. */
const ERRATIC_FROM_US = 20;

/** How fast what most calls take grows from measurement to measurement while they are higher. */
const TYPICAL_GROWTH = 1.1;

/** How fast what batches are sized by does: if all calls have become longer, batches must follow soon. */
const USUAL_GROWTH = 4;

/** The mean of erratic calls is so many times what most of them take. */
const ERRATIC_FACTOR = 4;

export class TaskCost {
  /** What a call took of late, in microseconds; `undefined` before the first measurement. */
  perItemUs: number | undefined = undefined;
  /** Most calls in one batch right now. */
  cap = 1;
  /** Whether most calls are short and a few so long that they make up most of the work. */
  isErratic = false;
  /** What a call is expected to take, in microseconds, with its share of the rare long ones; `undefined` before the first measurement. */
  expectedUs: number | undefined = undefined;
  /** What most calls take, in microseconds, and so nearly every batch. What waits behind a rare long call can be taken back. */
  usualUs: number | undefined = undefined;
  /** Mean of the last thousand calls or so, in microseconds: rare long ones show in it for longer than in what calls took of late. */
  #meanUs = 0;
  /** What most calls take, in microseconds: low measurements count in full, and high ones only if they go on. */
  #typicalUs = Infinity;
  /** The same, but sooner given up. */
  #hopedForUs = Infinity;

  /** Takes a measurement: `count` calls took `us` microseconds together. */
  learn(us: number, count: number): void {
    const measured = Math.max(CHEAPEST_US, us / count);
    const known = this.perItemUs;
    const perItemUs = known === undefined || measured > known ? measured : known + LEARNING_RATE * (measured - known);
    this.perItemUs = perItemUs;
    this.#typicalUs = Math.min(measured, this.#typicalUs * TYPICAL_GROWTH);
    this.#hopedForUs = Math.min(measured, this.#hopedForUs * USUAL_GROWTH);
    this.#meanUs += (measured - this.#meanUs) * Math.min(1, count / MEAN_OF_CALLS);
    this.isErratic = this.#meanUs >= ERRATIC_FROM_US && this.#meanUs >= ERRATIC_FACTOR * this.#typicalUs;
    this.expectedUs = this.isErratic ? this.#meanUs : perItemUs;
    this.usualUs = this.isErratic ? this.#hopedForUs : perItemUs;
    const targetUs = this.usualUs <= SHORT_CALL_US ? LONG_BATCH_US : BATCH_TARGET_US;
    const affordable = Math.max(1, Math.floor(targetUs / this.usualUs));
    this.cap = Math.min(this.cap * 2, affordable, LARGEST_BATCH);
  }
}

/** A call of which the cost is of interest. */
interface Costly {
  readonly call: { readonly definition: TaskDefinition };
}

/** What each task of a pool costs. */
export class CostModel {
  readonly #costs = new Map<TaskDefinition, TaskCost>();
  /** The cost of the task that was asked for last: a good guess at what comes next. */
  last: TaskCost | undefined;
  #lastDefinition: TaskDefinition | undefined;

  of(definition: TaskDefinition): TaskCost {
    if (definition === this.#lastDefinition && this.last !== undefined) return this.last;
    let cost = this.#costs.get(definition);
    if (cost === undefined) this.#costs.set(definition, (cost = new TaskCost()));
    this.last = cost;
    this.#lastDefinition = definition;
    return cost;
  }

  /** Takes a measurement: the calls took `us` microseconds together. Negative when that is not known. */
  learn(calls: readonly Costly[], us: number): void {
    const first = calls[0]?.call.definition;
    if (first === undefined || us < 0) return;
    if (calls.every(({ call }) => call.definition === first)) this.of(first).learn(us, calls.length);
    else this.#learnMixed(calls, us);
  }

  /** Shares the time out among different tasks, in proportion to what each was expected to take. */
  #learnMixed(calls: readonly Costly[], us: number): void {
    const counts = new Map<TaskCost, number>();
    for (const { call } of calls) {
      const cost = this.of(call.definition);
      counts.set(cost, (counts.get(cost) ?? 0) + 1);
    }
    let expectedUs = 0;
    let unknown = 0;
    for (const [{ perItemUs }, count] of counts) {
      if (perItemUs === undefined) unknown += count;
      else expectedUs += perItemUs * count;
    }
    for (const [cost, count] of counts) {
      const { perItemUs } = cost;
      // The unknown ones get what is left; the known ones then keep their estimate.
      if (perItemUs === undefined) cost.learn((Math.max(0, us - expectedUs) * count) / unknown, count);
      else if (unknown === 0) cost.learn((perItemUs * count * us) / expectedUs, count);
    }
  }
}
