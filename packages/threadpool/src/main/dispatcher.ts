/**
 * The shared queue: which calls go to which thread, and how many in one message.
 *
 * Order: calls leave the queue in the policy's order (FIFO by default), one message at a time, so the start order at one thread is
 * the order of submission. Which thread: the one that the call's key prefers, if it has room; else an idle one, unless the work
 * left is too small to be worth a wake-up.
 */

import type { SerializationError } from '@heddle/core';
import { isInput } from '@heddle/core/engine';
import type { QueuePolicy } from '@heddle/multiplexer';
import { findObstacle, serializationError } from '../serialization.ts';
import type { OccupancyBoard } from '../occupancy-board.ts';
import type { AgentThread } from './agent-thread.ts';
import type { Batch } from './batch.ts';
import { CostModel, WAKE_COST_US } from './cost-model.ts';
import { homeOf } from './key-affinity.ts';
import { LookAhead } from './look-ahead.ts';
import type { PoolTask } from './pool-task.ts';
import { Rebalancer } from './rebalancer.ts';

/** Calls on their way into one message. */
class Parcel {
  readonly tasks: PoolTask[] = [];
  /** As many as its thread may still be sent. */
  readonly most: number;
  expectedUs = 0;
  /** What it takes if none of its calls is a rare long one, in microseconds. */
  usualUs = 0;
  isFull = false;
  /** Whether a call of it may take much longer than expected. */
  isErratic = false;

  constructor(thread: AgentThread) {
    this.most = thread.itemsLeft;
  }
}

export class Dispatcher {
  readonly #queue: QueuePolicy<PoolTask>;
  readonly #threads: ReadonlySet<AgentThread>;
  readonly #isTraced: () => boolean;
  readonly #costs = new CostModel();
  readonly #board: OccupancyBoard;
  readonly #rebalancer: Rebalancer;
  readonly #ahead: LookAhead;
  /** Sent to threads that have not begun them and never will: they go before the queue. */
  #returned: PoolTask[] = [];
  #isScheduled = false;
  /** Called when calls wait and no thread has room for them; what each costs is infinite while unknown. */
  onShortage: ((queued: number, perCallUs: number) => void) | null = null;

  constructor(queue: QueuePolicy<PoolTask>, threads: ReadonlySet<AgentThread>, board: OccupancyBoard, isTraced: () => boolean) {
    this.#queue = queue;
    this.#threads = threads;
    this.#board = board;
    this.#isTraced = isTraced;
    this.#ahead = new LookAhead(queue);
    this.#rebalancer = new Rebalancer({
      board,
      threads,
      putBack: (tasks) => {
        this.putBack(tasks);
      },
    });
  }

  /** Calls that have not been sent. */
  get queued(): number {
    return this.#queue.size + this.#returned.length;
  }

  /** Calls that have neither begun nor ended, wherever they wait. */
  get unbegun(): number {
    let count = this.queued;
    for (const thread of this.#threads) count += thread.unbegun(this.#board);
    return count;
  }

  /** Makes the threads that hold calls which have not begun tell when they begin one. */
  askToTell(): void {
    for (const thread of this.#threads) if (thread.unbegun(this.#board) > 0) this.#board.askToTell(thread.number);
  }

  enqueue(task: PoolTask): void {
    this.#queue.push(task);
    this.schedule();
  }

  dequeue(task: PoolTask): void {
    const index = this.#returned.indexOf(task);
    if (index < 0) this.#queue.delete(task);
    else this.#returned.splice(index, 1);
  }

  /** Takes back calls that were sent to a thread that died, in their order. */
  putBack(tasks: readonly PoolTask[]): void {
    this.#returned = [...tasks, ...this.#returned];
    this.schedule();
  }

  #next(): PoolTask | undefined {
    return this.#returned.shift() ?? this.#queue.pop();
  }

  /** Dispatches once the code that runs now has submitted all it has, so that calls made together travel together. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.dispatch();
    });
  }

  /** Takes a measurement: the calls of the batch took `us` microseconds together. */
  learn({ items }: Batch, us: number): void {
    this.#costs.learn(items, us);
  }

  /** Sends what the threads have room for. */
  dispatch(): void {
    this.#sendQueued();
    if (this.queued === 0 && this.#threads.size > 1) this.#feedIdle();
    this.#rebalancer.watch();
    if (this.onShortage !== null && this.queued > 0) this.onShortage(this.queued, this.#headCost());
  }

  /** Gives threads that have nothing to do what others have not begun, whatever thread its key prefers: that one is busy. */
  #feedIdle(): void {
    for (const thread of this.#threads) {
      if (!thread.isIdle) continue;
      const taken = this.#rebalancer.takeForIdle();
      if (taken.length === 0) return;
      this.#returned.push(...taken);
      const parcel = new Parcel(thread);
      while (this.#returned.length > 0 && !parcel.isFull) {
        // Invariant: the loop's condition.
        this.#put(parcel, this.#returned.shift()!, Infinity);
      }
      this.#send(thread, parcel);
      this.#sendQueued();
    }
  }

  #sendQueued(): void {
    while (this.queued > 0) {
      this.#ahead.look(this.queued, this.#headCost(), this.#threads.size);
      const thread = this.#chooseThread();
      if (thread === undefined) break;
      this.#sendBatches(thread);
    }
  }

  /** No call is sent or taken back any more. */
  close(): void {
    this.#rebalancer.close();
  }

  /** Fails everything in the queue. */
  failAll(error: () => Error): void {
    for (let task = this.#next(); task !== undefined; task = this.#next()) task.settle(true, error());
  }

  #chooseThread(): AgentThread | undefined {
    let best: AgentThread | undefined;
    for (const thread of this.#threads) {
      if (!thread.hasRoom(this.#ahead.roomUs)) continue;
      if (best === undefined || thread.expectedUs < best.expectedUs) best = thread;
    }
    if (best === undefined || !best.isIdle || this.queued * this.#headCost() >= WAKE_COST_US) return best;
    // Too little is left to wake this one up for it: a thread that is awake takes it along.
    let awake: AgentThread | undefined;
    for (const thread of this.#threads) {
      if (!thread.isIdle && thread.hasRoom(this.#ahead.roomUs) && (awake === undefined || thread.expectedUs < awake.expectedUs)) awake = thread;
    }
    return awake !== undefined && awake.expectedUs < WAKE_COST_US ? awake : best;
  }

  /** What the next call is expected to take; infinite while unknown, so that unknown work spreads out. */
  #headCost(): number {
    return this.#costs.last?.expectedUs ?? Infinity;
  }

  /** Sends the next calls to `thread`, and those among them that prefer another thread there, if it has room. */
  #sendBatches(thread: AgentThread): void {
    const [returned] = this.#returned;
    if (returned !== undefined && returned.lostThreads > 0) {
      // Perhaps it ends threads: nothing that has not begun should be there with it.
      this.#returned.shift();
      const parcel = new Parcel(thread);
      parcel.tasks.push(returned);
      parcel.expectedUs = this.#ahead.unknownUs;
      this.#send(thread, parcel);
      return;
    }
    const fairShare = Math.ceil(this.queued / this.#roomyThreads());
    const parcel = new Parcel(thread);
    let others: Map<AgentThread, Parcel> | null = null;
    for (let task = this.#next(); task !== undefined; task = this.#next()) {
      const home = task.options === undefined ? thread : this.#homeOf(task, thread);
      if (home !== thread) {
        others ??= new Map<AgentThread, Parcel>();
        const theirs = others.get(home) ?? new Parcel(home);
        others.set(home, theirs);
        if (!theirs.isFull) {
          this.#put(theirs, task, Infinity);
          continue;
        }
      }
      this.#put(parcel, task, fairShare);
      if (parcel.isFull) break;
    }
    if (parcel.tasks.length > 0) this.#send(thread, parcel);
    if (others !== null) for (const [home, theirs] of others) this.#send(home, theirs);
  }

  /** The thread that the call should go to, if that has room; else the one that was chosen. */
  #homeOf({ key }: PoolTask, chosen: AgentThread): AgentThread {
    if (key === undefined || this.#threads.size < 2) return chosen;
    const home = homeOf(key, this.#threads);
    return home !== undefined && home.hasRoom(this.#ahead.roomUs) ? home : chosen;
  }

  /** @param fairShare of how many calls it may be as full as of all that it can hold, if they are worth a wake-up */
  #put(parcel: Parcel, task: PoolTask, fairShare: number): void {
    const { length } = parcel.tasks;
    parcel.tasks.push(task);
    const cost = this.#costs.of(task.call.definition);
    // An unknown cost counts as large: nothing is queued up behind it until it is known.
    const expectedUs = cost.expectedUs ?? this.#ahead.unknownUs;
    parcel.expectedUs += expectedUs;
    parcel.usualUs += this.#ahead.isFifo ? (cost.usualUs ?? expectedUs) : expectedUs;
    if (cost.isErratic) parcel.isErratic = true;
    const isFull = length + 1 >= Math.min(cost.cap, parcel.most) || parcel.usualUs >= this.#ahead.batchUs;
    parcel.isFull = isFull || (length + 1 >= fairShare && parcel.expectedUs >= WAKE_COST_US);
  }

  #roomyThreads(): number {
    let count = 0;
    for (const thread of this.#threads) if (thread.hasRoom(this.#ahead.roomUs)) count++;
    return Math.max(1, count);
  }

  #send(thread: AgentThread, { tasks, expectedUs, isErratic }: Pick<Parcel, 'tasks' | 'expectedUs' | 'isErratic'>): void {
    try {
      // Whole microseconds, so that a thread's sum comes back to exactly what it was.
      thread.send(tasks, Math.ceil(expectedUs), isErratic, this.#isTraced());
    } catch (error) {
      const [only] = tasks;
      if (tasks.length > 1 || only === undefined) {
        // One of them cannot be copied: alone, each shows which.
        for (const task of tasks) this.#send(thread, { tasks: [task], expectedUs: expectedUs / tasks.length, isErratic });
        return;
      }
      only.settle(true, argumentError(only, error));
    }
  }
}

/** What stands in the way of sending a call: an argument, or what it carries. */
function argumentError({ name, call, options }: PoolTask, cause: unknown): SerializationError {
  const carried = findObstacle('context', options?.carried, cause);
  if (carried.path !== 'context') return serializationError(name, 'context', carried, cause);
  const { args } = call;
  return serializationError(name, 'args', findObstacle('args', args, cause, [...(options?.transfer ?? []), ...args.filter(isInput)]), cause);
}
