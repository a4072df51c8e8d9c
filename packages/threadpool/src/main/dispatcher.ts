/**
 * The shared queue: which calls go to which thread, and how many in one message.
 *
 * Order: calls leave the queue in the policy's order (FIFO by default), one message at a time, so the start order at one thread is
 * the order of submission. Which thread: an idle one, unless the work left is too small to be worth a wake-up.
 */

import type { SerializationError } from '@heddle/core';
import { isInput } from '@heddle/core/engine';
import type { QueuePolicy } from '@heddle/multiplexer';
import { findObstacle, serializationError } from '../serialization.ts';
import type { AgentThread } from './agent-thread.ts';
import type { Batch } from './batch.ts';
import { BATCH_TARGET_US, CostModel, WAKE_COST_US } from './cost-model.ts';
import type { PoolTask } from './pool-task.ts';

export class Dispatcher {
  readonly #queue: QueuePolicy<PoolTask>;
  readonly #threads: ReadonlySet<AgentThread>;
  readonly #isTraced: () => boolean;
  readonly #costs = new CostModel();
  /** Sent to threads that died before they began them: they go before the queue. */
  #returned: PoolTask[] = [];
  #isScheduled = false;

  constructor(queue: QueuePolicy<PoolTask>, threads: ReadonlySet<AgentThread>, isTraced: () => boolean) {
    this.#queue = queue;
    this.#threads = threads;
    this.#isTraced = isTraced;
  }

  get queued(): number {
    return this.#queue.size + this.#returned.length;
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

  /** Takes back calls that were sent and have not begun, in their order. */
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
    while (this.queued > 0) {
      const thread = this.#chooseThread();
      if (thread === undefined) break;
      const { tasks, expectedUs } = this.#takeBatch();
      this.#send(thread, tasks, expectedUs);
    }
  }

  /** Fails everything in the queue. */
  failAll(error: () => Error): void {
    for (let task = this.#next(); task !== undefined; task = this.#next()) task.settle(true, error());
  }

  #chooseThread(): AgentThread | undefined {
    let best: AgentThread | undefined;
    for (const thread of this.#threads) {
      if (!thread.hasRoom) continue;
      if (best === undefined || thread.expectedUs < best.expectedUs) best = thread;
    }
    if (best === undefined || !best.isIdle || this.queued * this.#headCost() >= WAKE_COST_US) return best;
    // Too little is left to wake this one up for it: a thread that is awake takes it along.
    let awake: AgentThread | undefined;
    for (const thread of this.#threads) {
      if (!thread.isIdle && thread.hasRoom && (awake === undefined || thread.expectedUs < awake.expectedUs)) awake = thread;
    }
    return awake !== undefined && awake.expectedUs < WAKE_COST_US ? awake : best;
  }

  /** What the next call is expected to take; infinite while unknown, so that unknown work spreads out. */
  #headCost(): number {
    return this.#costs.last?.perItemUs ?? Infinity;
  }

  #takeBatch(): { tasks: PoolTask[]; expectedUs: number } {
    const fairShare = Math.ceil(this.queued / this.#roomyThreads());
    const tasks: PoolTask[] = [];
    let expectedUs = 0;
    for (let task = this.#next(); task !== undefined; task = this.#next()) {
      tasks.push(task);
      const cost = this.#costs.of(task.call.definition);
      const { perItemUs } = cost;
      expectedUs += perItemUs ?? BATCH_TARGET_US;
      const isFull = tasks.length >= cost.cap || expectedUs >= BATCH_TARGET_US;
      const isFairShare = tasks.length >= fairShare && expectedUs >= WAKE_COST_US;
      if (isFull || isFairShare) break;
    }
    // Whole microseconds, so that a thread's sum comes back to exactly what it was.
    return { tasks, expectedUs: Math.ceil(expectedUs) };
  }

  #roomyThreads(): number {
    let count = 0;
    for (const thread of this.#threads) if (thread.hasRoom) count++;
    return Math.max(1, count);
  }

  #send(thread: AgentThread, tasks: readonly PoolTask[], expectedUs: number): void {
    try {
      thread.send(tasks, expectedUs, this.#isTraced());
    } catch (error) {
      const [only] = tasks;
      if (tasks.length > 1 || only === undefined) {
        // One of them cannot be copied: alone, each shows which.
        for (const task of tasks) this.#send(thread, [task], Math.ceil(expectedUs / tasks.length));
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
