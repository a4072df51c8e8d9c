/** Arrays that are searched at each pop: what the queue policies are checked against. */

import { seededRandom } from '@heddle/core/engine';
import type { QueuedTask } from '@heddle/multiplexer';

/** A task as a policy sees it. */
export interface Item extends QueuedTask {
  readonly id: number;
  priority: number;
  deadline: number | undefined;
  /** When it was pushed. */
  queuedMs: number;
}

let nextId = 0;

export function item(of: Partial<QueuedTask> = {}): Item {
  const id = nextId++;
  return { id, name: `item ${id}`, priority: 0, deadline: undefined, key: undefined, queuedMs: 0, ...of };
}

export interface Model {
  readonly size: number;
  /** The items that it holds, in any order. */
  readonly items: readonly Item[];
  push(item: Item): void;
  pop(nowMs: number): Item | undefined;
  steal(nowMs: number): Item | undefined;
  delete(item: Item): void;
}

/** Index of the item that goes next among those in order of arrival, of which there is at least one. */
type Choice = (items: readonly Item[], nowMs: number) => number;

export const oldest: Choice = () => 0;
export const newest: Choice = (items) => items.length - 1;
export const mostUrgent =
  (agingMs: number): Choice =>
  (items, nowMs) =>
    indexOfMax(items.map((waiting) => waiting.priority + (nowMs - waiting.queuedMs) / agingMs));
export const earliestDeadline: Choice = (items) => indexOfMax(items.map(({ deadline }) => -(deadline ?? Infinity)));

/** Of the first one, where there are several. */
function indexOfMax(numbers: readonly number[]): number {
  return numbers.indexOf(Math.max(...numbers));
}

/** Items in order of arrival. */
export class ArrivalModel implements Model {
  readonly items: Item[] = [];
  readonly #popped: Choice;
  readonly #stolen: Choice;

  constructor(popped: Choice, stolen: Choice = popped) {
    this.#popped = popped;
    this.#stolen = stolen;
  }

  get size(): number {
    return this.items.length;
  }

  push(pushed: Item): void {
    this.items.push(pushed);
  }

  pop(nowMs: number): Item | undefined {
    return this.items.splice(this.#popped(this.items, nowMs), 1)[0];
  }

  steal(nowMs: number): Item | undefined {
    return this.items.splice(this.#stolen(this.items, nowMs), 1)[0];
  }

  delete(deleted: Item): void {
    this.items.splice(this.items.indexOf(deleted), 1);
  }
}

/** Any of the items; the last one takes the place of what leaves. */
export class RandomModel implements Model {
  readonly items: Item[] = [];
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  get size(): number {
    return this.items.length;
  }

  push(pushed: Item): void {
    this.items.push(pushed);
  }

  pop(): Item | undefined {
    if (this.items.length === 0) return undefined;
    const taken = this.items[Math.floor(this.#random() * this.items.length)];
    if (taken !== undefined) this.delete(taken);
    return taken;
  }

  steal(): Item | undefined {
    return this.pop();
  }

  delete(deleted: Item): void {
    const last = this.items.at(-1) ?? deleted;
    this.items[this.items.indexOf(deleted)] = last;
    this.items.pop();
  }
}

interface Flow {
  readonly key: string | undefined;
  readonly weight: number;
  readonly tasks: Item[];
  startsAt: number;
  isEligible: boolean;
  /** Its rank among the waiting or the eligible flows, from when it came there. */
  rank: number;
  /** When it came to where it is, counted in moves. */
  since: number;
}

/** Flows by key, sorted at each pop. */
export class FairModel implements Model {
  #flows: Flow[] = [];
  readonly #weightOf: (key: string | undefined) => number;
  #lastServed: Flow | undefined;
  #virtualTime = 0;
  #moves = 0;

  constructor(weightOf: (key: string | undefined) => number) {
    this.#weightOf = weightOf;
  }

  get items(): Item[] {
    return this.#flows.flatMap(({ tasks }) => tasks);
  }

  get size(): number {
    return this.items.length;
  }

  push(pushed: Item): void {
    const { key } = pushed;
    let flow = this.#flows.find((other) => other.key === key);
    if (flow === undefined) {
      flow = { key, weight: this.#weightOf(key), tasks: [], startsAt: this.#virtualTime, isEligible: false, rank: this.#virtualTime, since: this.#moves++ };
      this.#flows.push(flow);
    } else if (flow.tasks.length === 0 && flow !== this.#lastServed) {
      flow.startsAt = Math.max(flow.startsAt, this.#virtualTime);
    }
    flow.tasks.push(pushed);
  }

  pop(): Item | undefined {
    if (this.size === 0) return undefined;
    for (;;) {
      for (const flow of this.#ranked(false).filter(({ startsAt }) => startsAt <= this.#virtualTime)) this.#admit(flow);
      const [next] = this.#ranked(true);
      if (next === undefined) this.#virtualTime = this.#ranked(false)[0]?.startsAt ?? Number.NaN;
      else if (next.tasks.length > 0) return this.#serve(next);
      else this.#forget(next);
    }
  }

  steal(): Item | undefined {
    return this.pop();
  }

  delete(deleted: Item): void {
    for (const { tasks } of this.#flows) if (tasks.includes(deleted)) tasks.splice(tasks.indexOf(deleted), 1);
  }

  #ranked(areEligible: boolean): Flow[] {
    return this.#flows.filter(({ isEligible }) => isEligible === areEligible).toSorted((a, b) => a.rank - b.rank || a.since - b.since);
  }

  #admit(flow: Flow): void {
    if (flow.tasks.length === 0) this.#forget(flow);
    flow.isEligible = true;
    flow.rank = flow.startsAt + 1 / flow.weight;
    flow.since = this.#moves++;
  }

  #forget(flow: Flow): void {
    this.#flows = this.#flows.filter((other) => other !== flow);
  }

  #serve(flow: Flow): Item | undefined {
    const weights = this.#flows.filter(({ tasks }) => tasks.length > 0).reduce((sum, { weight }) => sum + weight, 0);
    this.#virtualTime += 1 / weights;
    flow.startsAt += 1 / flow.weight;
    flow.isEligible = false;
    flow.rank = flow.startsAt;
    flow.since = this.#moves++;
    this.#lastServed = flow;
    return flow.tasks.shift();
  }
}
