/**
 * The limit on a pool's queue. A call counts from the moment it is accepted until it begins, wherever it waits: in the queue, or on a
 * thread that it was sent to (`Dispatcher.unbegun`). So the memory of calls that nobody works on is bounded.
 *
 * What was accepted is never refused: calls that a lost thread had begun and that run again count once more, beyond the limit if need be.
 */

import { ExecutorClosedError, QueueFullError, systemClock } from '@heddle/core';
import { fifo } from '@heddle/multiplexer';
import type { PoolTask } from './pool-task.ts';

/** What becomes of a call that is submitted while the queue is full. */
export type WhenFull = 'reject' | 'wait' | 'run-in-caller';

/** Beginnings are not told of by themselves. After so long without news, in milliseconds, the threads are asked to tell. */
const NEWS_MS = 1;

/** The queue behind the limit. */
interface LimitedQueue {
  /** Calls that have neither begun nor ended, wherever they wait. */
  readonly unbegun: number;
  enqueue(task: PoolTask): void;
  /** Makes threads tell when they next begin a call. */
  askToTell(): void;
}

interface AdmissionOptions {
  readonly maxQueue: number;
  readonly whenFull: WhenFull;
  readonly queue: LimitedQueue;
  readonly runInCaller: (task: PoolTask) => void;
}

/** Somebody who waits for room. */
interface Producer {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Admission {
  readonly #options: AdmissionOptions;
  /** Accepted calls for which there was no room, in the order in which they came. */
  readonly #waiting = fifo()<PoolTask>({ clock: systemClock });
  #producers: Producer[] = [];
  /** How many of them were let in during this turn of the event loop, and may not have submitted yet. */
  #granted = 0;
  #isClosed = false;
  #isLookScheduled = false;
  #newsTimer: NodeJS.Timeout | undefined;
  #isAwaitingNews = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** How many accepted calls wait for room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get #room(): number {
    const { maxQueue, queue } = this.#options;
    return maxQueue - queue.unbegun;
  }

  /** @throws {QueueFullError} when the queue is full and calls are to be rejected then */
  expectRoom(taskName: string): void {
    const { whenFull, maxQueue } = this.#options;
    if (whenFull !== 'reject' || this.#room > 0) return;
    throw new QueueFullError(`Expected room in the queue for task ${taskName}, got ${maxQueue} calls that wait already, which is \`maxQueue\``);
  }

  /** Takes an accepted call into the queue, or deals with it as configured when there is no room. */
  enter(task: PoolTask): void {
    const { whenFull, queue, runInCaller } = this.#options;
    if (this.#waiting.size === 0 && this.#room > 0) queue.enqueue(task);
    else if (whenFull === 'run-in-caller') runInCaller(task);
    else {
      this.#waiting.push(task);
      this.#awaitNews();
    }
  }

  /** Forgets a call that was cancelled. @returns whether it was waiting for room */
  withdraw(task: PoolTask): boolean {
    return this.#waiting.delete(task);
  }

  /** Settles when there is room. */
  ready(): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#producers.push({ resolve, reject });
      this.look();
    });
  }

  get #isAwaited(): boolean {
    return this.#waiting.size > 0 || this.#producers.length > 0;
  }

  /** Calls may have begun or ended: lets in whoever waits. */
  look(): void {
    if (!this.#isAwaited) return;
    this.#letIn();
    if (this.#isAwaited) this.#awaitNews();
  }

  /** Looks once the code that runs now has ended. */
  scheduleLook(): void {
    if (this.#isLookScheduled || !this.#isAwaited) return;
    this.#isLookScheduled = true;
    queueMicrotask(() => {
      this.#isLookScheduled = false;
      this.look();
    });
  }

  #letIn(): void {
    const { queue } = this.#options;
    while (this.#waiting.size > 0 && this.#room > 0) {
      // Invariant: the loop's condition.
      queue.enqueue(this.#waiting.pop()!);
    }
    if (this.#producers.length > 0) this.#letProducersIn();
  }

  /** As many as there is room for, so that none of them finds it taken. */
  #letProducersIn(): void {
    const allowed = this.#producers.splice(0, Math.max(0, this.#room - this.#granted));
    if (allowed.length === 0) return;
    if (this.#granted === 0) {
      // Those who were let in have submitted by then, or will not.
      setImmediate(() => {
        this.#granted = 0;
        this.look();
      });
    }
    this.#granted += allowed.length;
    for (const { resolve } of allowed) resolve();
  }

  /** Threads are not asked at once, because each answer is a message: news mostly comes by itself. */
  #awaitNews(): void {
    if (this.#isAwaitingNews || this.#isClosed) return;
    this.#isAwaitingNews = true;
    if (this.#newsTimer === undefined) this.#newsTimer = setTimeout(() => this.#ask(), NEWS_MS).unref();
    else this.#newsTimer.refresh();
  }

  #ask(): void {
    this.#isAwaitingNews = false;
    if (!this.#isAwaited) return;
    this.#options.queue.askToTell();
    // Ordering: a call that began before its thread was asked is seen here.
    this.look();
  }

  /** Nothing can run any more: ends what waits for room. */
  failAll(error: Error): void {
    for (let task = this.#waiting.pop(); task !== undefined; task = this.#waiting.pop()) task.settle(true, error);
    this.look();
  }

  /** Nothing more is accepted: nobody need wait for room. Accepted calls still enter. */
  refuseProducers(): void {
    const producers = this.#producers;
    this.#producers = [];
    for (const { reject } of producers) reject(closedError());
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#newsTimer);
  }
}

function closedError(): ExecutorClosedError {
  return new ExecutorClosedError('Expected an open pool, got ready() after close()');
}
