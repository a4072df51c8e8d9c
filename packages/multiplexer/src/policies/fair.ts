import { describe } from '@heddle/core/engine';
import type { PolicyFactory, QueuedTask, QueuePolicy } from './queue-policy.ts';
import { RankedHeap } from './ranked-heap.ts';
import { TaskDeque } from './task-deque.ts';

/** Options of {@link fair}. */
export interface FairOptions<F> {
  /**
   * Names the flow that a task belongs to: any value, told apart as the keys of a Map are. Asked each time that the task becomes ready.
   *
   * @default (task) => task.key
   */
  readonly by?: ((task: QueuedTask) => F) | undefined;
  /**
   * How large a flow's share is, a finite number above 0: with weights 1 and 3, one step in four and three in four, as long as both
   * have ready tasks. Asked when the flow appears, and when it does so again after a while without tasks.
   *
   * @default () => 1
   */
  readonly weight?: ((flow: F) => number) | undefined;
}

/**
 * Shares the thread between flows of tasks by weight, however many tasks each has: a customer with a thousand calls does not hold up
 * one with a single call. Within a flow first in, first out.
 *
 * @remarks Counts steps, not their time. As long as the same flows have ready tasks, each has had its share of the steps at any time,
 * give or take one. A flow that had nothing to do gets no more for it afterwards, and a new one starts even with the others. Push and pop take
 * time logarithmic in the number of flows.
 *
 * A task whose flow cannot be told, because `by` or `weight` throws or a weight is out of its range, fails before its first step.
 * @throws {TypeError} when `by` or `weight` is no function
 * @see Bennett, Zhang: Hierarchical Packet Fair Queueing Algorithms, IEEE/ACM Transactions on Networking 5 (1997): WF2Q+
 * @see Waldspurger, Weihl: Stride Scheduling, MIT/LCS/TM-528 (1995), for flows that come and go
 * @example
 * ```ts
 * const policy = fair({ by: (task) => task.key, weight: (customer) => (paying.has(customer) ? 4 : 1) });
 * ```
 */
export function fair<F = string | undefined>(options: FairOptions<F> = {}): PolicyFactory {
  const { by = keyOf as (task: QueuedTask) => F, weight = () => 1 } = options;
  expectFunction('by', by);
  expectFunction('weight', weight);
  return <T extends QueuedTask>() => new Fair<T, F>(by, weight);
}

function keyOf({ key }: QueuedTask): string | undefined {
  return key;
}

function expectFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`Expected \`${name}\` to be a function, got ${describe(value)}`);
}

/** Tasks that share one turn. */
class Flow<T extends object, F> {
  readonly name: F;
  readonly weight: number;
  readonly tasks = new TaskDeque<T>();
  /** The virtual time at which its next step is due to start: the one before starts 1 / weight earlier. */
  startsAt: number;

  constructor(name: F, weight: number, startsAt: number) {
    this.name = name;
    this.weight = weight;
    this.startsAt = startsAt;
  }

  /** The virtual time by which the step is to have ended. */
  get endsAt(): number {
    return this.startsAt + 1 / this.weight;
  }
}

/**
 * Worst-case fair weighted fair queueing (WF2Q+) of steps. Imagine all flows stepping at once, each at a speed by its weight: then a
 * flow's step takes 1 / weight of *virtual time*, and virtual time goes on by 1 / (sum of the weights) while the thread makes one
 * step. Of the steps that would have started by now, the one that would end first is next. So no flow runs ahead in a burst, and
 * none is late by more than a step. Virtual time skips what nobody would be stepping in.
 *
 * New flows start at the present virtual time, which goes on with every step: so they cannot hold up one that has been waiting,
 * even if they never end. A flow that has no task any more is kept until its next step could start: forgotten and back at once,
 * it would be ahead of its turn.
 */
class Fair<T extends QueuedTask, F> implements QueuePolicy<T> {
  readonly #by: (task: QueuedTask) => F;
  readonly #weightOf: (flow: F) => number;
  /** Every flow that has tasks, or could not start another yet. */
  readonly #flows = new Map<F, Flow<T, F>>();
  /** Invariant: each flow is in one of the two: by the end of its next step if that may start, else by the start. */
  readonly #eligible = new RankedHeap<Flow<T, F>>();
  readonly #waiting = new RankedHeap<Flow<T, F>>();
  /** The flow that had the last turn: a task of it that comes back before the next turn has only made its step. */
  #stepping: Flow<T, F> | null = null;
  #virtualTime = 0;
  /** Of the flows that have tasks; rounding errors included. */
  #weight = 0;
  #size = 0;

  constructor(by: (task: QueuedTask) => F, weightOf: (flow: F) => number) {
    this.#by = by;
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    const flow = this.#flowOf(this.#by(item));
    if (flow.tasks.size === 0) this.#weight += flow.weight;
    flow.tasks.push(item);
    this.#size++;
  }

  pop(): T | undefined {
    while (this.#size > 0) {
      this.#admit();
      const flow = this.#eligible.pop();
      // Invariant: some flow has tasks, so when none is eligible, one is waiting.
      if (flow === undefined) this.#virtualTime = this.#waiting.first!.startsAt;
      else if (flow.tasks.size > 0) return this.#serve(flow);
      else this.#flows.delete(flow.name);
    }
    return undefined;
  }

  /** The same as here: it is the turn of that flow, wherever it steps. */
  steal(): T | undefined {
    return this.pop();
  }

  delete(item: T): boolean {
    const flow = this.#flows.get(this.#by(item));
    if (flow !== undefined && this.#deleteFrom(flow, item)) return true;
    // What names its flow may have changed since it was pushed.
    for (const other of this.#flows.values()) if (other !== flow && this.#deleteFrom(other, item)) return true;
    return false;
  }

  #deleteFrom(flow: Flow<T, F>, item: T): boolean {
    if (!flow.tasks.delete(item)) return false;
    this.#taken(flow);
    return true;
  }

  /** Finds a flow that is about to get a task, or makes it. */
  #flowOf(name: F): Flow<T, F> {
    let flow = this.#flows.get(name);
    if (flow === undefined) {
      flow = new Flow(name, this.#expectWeight(name), this.#virtualTime);
      this.#flows.set(name, flow);
      this.#waiting.push(flow, -flow.startsAt);
    } else if (flow.tasks.size === 0 && flow !== this.#stepping) {
      // Its place in the heaps may be too early now. In `#waiting` that makes no difference, for whatever may start leaves it with the
      // next pop; and a flow is eligible without tasks only where they were cancelled, and gains less than a step.
      flow.startsAt = Math.max(flow.startsAt, this.#virtualTime);
    }
    return flow;
  }

  /** Makes the flows eligible of which the time has come. */
  #admit(): void {
    for (let flow = this.#waiting.first; flow !== undefined && flow.startsAt <= this.#virtualTime; flow = this.#waiting.first) {
      this.#waiting.pop();
      if (flow.tasks.size === 0) this.#flows.delete(flow.name);
      else this.#eligible.push(flow, -flow.endsAt);
    }
  }

  #serve(flow: Flow<T, F>): T | undefined {
    const item = flow.tasks.takeOldest();
    // Rounding errors of small weights beside large ones must not make the sum less than its part.
    this.#virtualTime += 1 / Math.max(this.#weight, flow.weight);
    flow.startsAt = flow.endsAt;
    this.#stepping = flow;
    this.#waiting.push(flow, -flow.startsAt);
    this.#taken(flow);
    return item;
  }

  #taken(flow: Flow<T, F>): void {
    this.#size--;
    if (flow.tasks.size === 0) this.#weight -= flow.weight;
    if (this.#size === 0) this.#weight = 0;
  }

  #expectWeight(name: F): number {
    const weight = this.#weightOf(name);
    if (typeof weight === 'number' && weight > 0 && weight < Infinity) return weight;
    throw new RangeError(`Expected \`weight\` of the flow ${describe(name)} to be a finite number above 0, got ${describe(weight)}`);
  }
}
