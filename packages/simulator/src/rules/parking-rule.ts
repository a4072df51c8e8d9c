/** The schedule for general use: a queue of ready tasks only. What the article polls, this parks, as Heddle's executors do. */

import { describe, expectNumber } from '@heddle/core/engine';
import { fifoOrder, lifoOrder, randomOrder, type ReadyOrder } from './ready-order.ts';
import type { RuleTask, SchedulingRule, SchedulingRuleFactory, Visit } from './scheduling-rule.ts';

/** Which ready task runs next. */
export type ParkingPolicy = 'fifo' | 'lifo' | 'random';

const POLICIES: readonly ParkingPolicy[] = ['fifo', 'lifo', 'random'];

export interface ParkingOptions {
  /** `fifo`: the longest ready; `lifo`: the latest ready; `random`: any, by `seed`. @default 'fifo' */
  readonly policy?: ParkingPolicy | undefined;
  /** Where the random order starts from, an integer of at least 0: the same seed gives the same schedule. @default 0 */
  readonly seed?: number | undefined;
}

/**
 * Any number of threads over one shared queue of ready tasks. A task that awaits leaves the queue and is put back when what it
 * awaits has ended.
 *
 * @remarks A task that becomes ready during a tick can be taken from the next tick on: unlike in the article's rules, no thread
 * acts within one tick on what another thread does in it. So a chain of awaits gains nothing from more threads, and Amdahl's law holds.
 * @throws {RangeError} when the policy is unknown or the seed out of range
 */
export function parkingRule(options: ParkingOptions = {}): SchedulingRuleFactory {
  const { policy = 'fifo' } = options;
  const seed = expectNumber('seed', options.seed ?? 0, { min: 0, integer: true });
  if (!POLICIES.includes(policy)) throw new RangeError(`Expected the parking policy to be 'fifo', 'lifo' or 'random', got ${describe(policy)}`);
  return <T extends RuleTask>() => new ParkingRule<T>(policy, makeOrder(policy, seed));
}

function makeOrder<T>(policy: ParkingPolicy, seed: number): ReadyOrder<T> {
  switch (policy) {
    case 'fifo':
      return fifoOrder();
    case 'lifo':
      return lifoOrder();
    case 'random':
      return randomOrder(seed);
  }
}

class ParkingRule<T extends RuleTask> implements SchedulingRule<T> {
  readonly name: string;
  readonly #ready: ReadyOrder<T>;
  /** Became ready during this tick; joins the others when the next one begins. */
  #arriving: T[] = [];

  constructor(policy: ParkingPolicy, ready: ReadyOrder<T>) {
    this.name = `parking, ${policy}`;
    this.#ready = ready;
  }

  add(task: T): void {
    this.#arriving.push(task);
  }

  wake(task: T): void {
    this.#arriving.push(task);
  }

  tickBegins(): void {
    for (const task of this.#arriving) this.#ready.push(task);
    this.#arriving = [];
  }

  take(): T | undefined {
    return this.#ready.take();
  }

  visited({ task, event }: Visit<T>): void {
    if (event === 'yields') this.#arriving.push(task);
  }

  remove(task: T): void {
    const index = this.#arriving.indexOf(task);
    if (index >= 0) this.#arriving.splice(index, 1);
    else this.#ready.remove(task);
  }

  queue(): readonly T[] {
    return this.#ready.list(this.#arriving);
  }
}
