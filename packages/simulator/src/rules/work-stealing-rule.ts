/**
 * Work stealing with private deques, as the thread pool does it: a thread keeps the calls that its tasks spawn, takes the newest one
 * itself, and gives the oldest one to a thread that has nothing to do. It gives when it comes to a scheduling point (it spawns, or a
 * visit ends); nobody takes anything out of another thread's hands. A started task stays on its thread.
 *
 * @see Acar, Charguéraud, Rainey, "Scheduling Parallel Programs by Work Stealing with Private Deques" (PPoPP 2013)
 * @see Blumofe, Leiserson, "Scheduling Multithreaded Computations by Work Stealing" (1999): the bounds on such schedules
 */

import { expectNumber, seededRandom } from '@heddle/core/engine';
import { HungryThreads } from './hungry-threads.ts';
import { isEnd, OUTSIDE, type RuleTask, type SchedulingRule, type SchedulingRuleFactory, type Visit } from './scheduling-rule.ts';

export interface WorkStealingOptions {
  /** Decides which of several hungry threads is given a call, an integer of at least 0: the same seed gives the same schedule. @default 0 */
  readonly seed?: number | undefined;
  /** Ticks that a thread is kept busy by each call that it spawns. @default 0 */
  readonly spawnTicks?: number | undefined;
  /** Ticks that a thread is kept busy by each call that it gives to another one; then the call is on its way. @default 0 */
  readonly lendTicks?: number | undefined;
  /** Ticks from then on until the other thread can begin the call: what it takes to wake a thread. @default 0 */
  readonly wakeTicks?: number | undefined;
  /** Ticks that a thread is kept busy by the outcome of each call that it was given; then the call's home thread has it. @default 0 */
  readonly outcomeTicks?: number | undefined;
}

type Costs = Required<{ readonly [K in keyof WorkStealingOptions]: number }>;

/**
 * Threads with a deque each, which give their oldest calls to those that have nothing to do.
 *
 * @remarks Calls from outside wait in one queue, first in first out, for a thread that has nothing else. What a thread does within a
 * tick, others see from the next one on. Where tasks fork in two, and giving costs nothing, a schedule of `T1` instructions with a critical
 * path of `T∞` takes `T1 / threads + O(T∞)` ticks: what was stolen has half of the work under it, so there are few steals.
 * @throws {TypeError} when an option is no number
 * @throws {RangeError} when an option is negative or no integer
 */
export function workStealingRule(options: WorkStealingOptions = {}): SchedulingRuleFactory {
  const read = (name: keyof WorkStealingOptions): number => expectNumber(name, options[name] ?? 0, { min: 0, integer: true });
  const costs: Costs = {
    seed: read('seed'),
    spawnTicks: read('spawnTicks'),
    lendTicks: read('lendTicks'),
    wakeTicks: read('wakeTicks'),
    outcomeTicks: read('outcomeTicks'),
  };
  return <T extends RuleTask>() => new WorkStealingRule<T>(costs);
}

/** A task that another thread has sent. */
interface Arriving<T> {
  readonly task: T;
  /** It can be taken from this tick on. */
  readonly tick: number;
}

/** What belongs to a thread. */
interface Place<T> {
  readonly thread: number;
  /** Tasks that can go on, and calls that were given to this thread, first in first out. */
  readonly ready: T[];
  /** Calls that were spawned here and have not started, oldest first. */
  readonly deque: T[];
  readonly arriving: Arriving<T>[];
  /** Whether a visit is under way. */
  isVisiting: boolean;
  /** How often the deque was passed over in a row. */
  passes: number;
  /** Ticks by which the visit under way, or the one that has just ended, keeps the thread busy on top. */
  overheadTicks: number;
}

/** So many tasks may go on before a call of the deque starts: one that goes on again and again may wait for that call. */
const MAX_PASSES = 64;

class WorkStealingRule<T extends RuleTask> implements SchedulingRule<T> {
  readonly name = 'work stealing';
  readonly #costs: Costs;
  readonly #places: Place<T>[] = [];
  readonly #hungry: HungryThreads;
  readonly #outside: T[] = [];
  /** Where each started task belongs. */
  readonly #homes = new Map<T, Place<T>>();
  /** Calls that have not ended on the thread that they were given to. */
  readonly #lent = new Set<T>();
  #tick = 0;

  constructor(costs: Costs) {
    this.#costs = costs;
    this.#hungry = new HungryThreads(seededRandom(costs.seed));
  }

  begin(threads: number): void {
    for (let thread = 1; thread <= threads; thread++) {
      this.#places.push({ thread, ready: [], deque: [], arriving: [], isVisiting: false, passes: 0, overheadTicks: 0 });
      this.#hungry.add(thread);
    }
  }

  tickBegins(tick: number): void {
    this.#tick = tick;
  }

  // -- tasks that come --

  add(task: T, thread: number): void {
    if (thread === OUTSIDE) {
      this.#outside.push(task);
      return;
    }
    const place = this.#placeOf(thread);
    place.overheadTicks += this.#costs.spawnTicks;
    place.deque.push(task);
    this.#feed(place);
  }

  wake(task: T, thread: number): void {
    // Invariant: only a task that has started can wait.
    const home = this.#homes.get(task)!;
    if (thread === OUTSIDE || thread === home.thread) {
      home.ready.push(task);
      this.#hungry.delete(home.thread);
    } else {
      const { overheadTicks } = this.#placeOf(thread);
      home.arriving.push({ task, tick: this.#tick + 1 + overheadTicks + this.#costs.outcomeTicks });
    }
  }

  // -- visits --

  take(thread: number): T | undefined {
    const place = this.#placeOf(thread);
    this.#arrive(place);
    const task = this.#next(place);
    if (task === undefined) return undefined;
    this.#hungry.delete(thread);
    this.#homes.set(task, place);
    place.isVisiting = true;
    place.overheadTicks = 0;
    return task;
  }

  #arrive({ arriving, ready }: Place<T>): void {
    for (let index = 0; index < arriving.length; index++) {
      // Invariant: the loop's condition.
      const { task, tick } = arriving[index]!;
      if (tick > this.#tick) continue;
      ready.push(task);
      arriving.splice(index--, 1);
    }
  }

  #next(place: Place<T>): T | undefined {
    const { ready, deque } = place;
    const isDequeDue = deque.length > 0 && ready.length > 0 && place.passes++ >= MAX_PASSES;
    if (!isDequeDue && ready.length > 0) return ready.shift();
    place.passes = 0;
    return deque.pop() ?? this.#outside.shift();
  }

  visited({ task, event, thread }: Visit<T>): void {
    const place = this.#placeOf(thread);
    place.isVisiting = false;
    if (isEnd(event)) {
      this.#homes.delete(task);
      if (this.#lent.delete(task)) place.overheadTicks += this.#costs.outcomeTicks;
    } else if (event === 'yields') place.ready.push(task);
    this.#feed(place);
    this.#lookForHunger(place);
  }

  #lookForHunger({ thread, ready, deque, arriving, isVisiting }: Place<T>): void {
    if (!isVisiting && ready.length === 0 && deque.length === 0 && arriving.length === 0) this.#hungry.add(thread);
  }

  overheadTicks(thread: number): number {
    return this.#placeOf(thread).overheadTicks;
  }

  nextTakeTick(thread: number): number {
    const { ready, deque, arriving } = this.#placeOf(thread);
    if (ready.length > 0 || deque.length > 0 || this.#outside.length > 0) return this.#tick;
    let earliest = Infinity;
    for (const { tick } of arriving) earliest = Math.min(earliest, tick);
    return earliest;
  }

  /** Gives the oldest calls to threads that have nothing to do. */
  #feed(place: Place<T>): void {
    const { lendTicks, wakeTicks } = this.#costs;
    while (place.deque.length > 0) {
      const thread = this.#hungry.takeAny();
      if (thread === undefined) return;
      // Invariant: the loop's condition.
      const task = place.deque.shift()!;
      this.#lent.add(task);
      place.overheadTicks += lendTicks;
      this.#placeOf(thread).arriving.push({ task, tick: this.#tick + 1 + place.overheadTicks + wakeTicks });
    }
  }

  // -- looking --

  remove(task: T): void {
    this.#lent.delete(task);
    if (removeFrom(this.#outside, task)) return;
    for (const place of this.#places) {
      const { ready, deque, arriving } = place;
      const index = arriving.findIndex((each) => each.task === task);
      if (index >= 0) arriving.splice(index, 1);
      else if (!removeFrom(deque, task) && !removeFrom(ready, task)) continue;
      this.#lookForHunger(place);
      return;
    }
  }

  /** Thread by thread in the order in which each takes them, and what is on its way to it; then what comes from outside. */
  queue(): readonly T[] {
    const ofThreads = this.#places.flatMap(({ ready, deque, arriving }) => [...ready, ...deque.toReversed(), ...arriving.map(({ task }) => task)]);
    return [...ofThreads, ...this.#outside];
  }

  #placeOf(thread: number): Place<T> {
    // Invariant: threads are numbered from 1, and `begin` has made a place for each.
    return this.#places[thread - 1]!;
  }
}

function removeFrom<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
