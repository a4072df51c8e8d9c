/**
 * What the executors of one thread have in common: accepting calls, keeping count, closing. A subclass decides in which order
 * and when ready fibers step.
 */

import type { Call } from '../call.ts';
import { systemClock, type Clock } from '../clock.ts';
import { ExecutorClosedError } from '../errors.ts';
import type { CloseOptions, Executor, ExecutorStats, TaskHandle, WaitGraph } from '../executor.ts';
import { describe, expectNumber, expectOneOf, validateCallOptions, type CallOptions } from '../options.ts';
import { expectTraceSink, type TraceSink } from '../trace/events.ts';
import { TraceOutlet } from '../trace/outlet.ts';
import { inContextOf } from './carried-context.ts';
import { unwatchExit, watchExit } from './deadlock/exit-watch.ts';
import { IdleCheck } from './deadlock/idle-check.ts';
import type { Stoppable } from './deadlock/standstill.ts';
import { TaskCall } from './task-call.ts';
import { Fiber } from './fiber.ts';
import { FiberList } from './fiber-list.ts';
import type { TaskCounts } from './host.ts';
import { isMereCancellation } from './suppress.ts';
import type { Inheritance } from './inheritance.ts';
import { waitGraphOf } from './wait-graph.ts';

/** Grace for the `finally` blocks of cancelled tasks: long enough for a clean-up over the network, short enough to notice. */
const DEFAULT_GRACE_MS = 5_000;

/** Options that every executor of one thread takes. */
export interface LocalExecutorOptions {
  /** The source of time. @default the host's own clock */
  readonly clock?: Clock | undefined;
  /** Receives an event for everything that happens to a task. Subscribers of {@link TASK_CHANNEL} do too. @default none, at no cost */
  readonly trace?: TraceSink | undefined;
  /** How long a cancelled task may go on suspending in its `finally` blocks, in milliseconds, 0 or more. @default 5000 */
  readonly graceMs?: number | undefined;
  /** The thread number in trace events. @default 0 */
  readonly thread?: number | undefined;
  /**
   * Whether each task runs in the AsyncLocalStorage context that it was submitted in, so that request ids in logs simply work.
   * Costs nothing measurable while no AsyncLocalStorage holds anything. Hosts without one (browsers) have nothing to follow.
   *
   * @default 'async-local-storage'
   */
  readonly context?: 'async-local-storage' | 'off' | undefined;
  /**
   * When tasks of which none can go on get a `DeadlockError`. A wait that closes a circle of tasks is refused at once in any case. But
   * what a task waits for may also be a channel, an event or a semaphore, and code outside of tasks may still hold those.
   * - `'exit'`: when the process has nothing else to do, and so nobody is left to touch them. Needs Node's `beforeExit`.
   * - `'idle'`: as soon as this executor has nothing to do. For tests, for browsers, and for programs that touch nothing that their
   *   tasks wait for from outside, or say so with the option `external`.
   *
   * Only tasks whose outcome somebody waits for get the error; others may be left waiting. A wait for a promise, a signal or a time
   * limit is no deadlock.
   *
   * @default 'exit'
   */
  readonly deadlocks?: 'exit' | 'idle' | undefined;
}

export abstract class LocalExecutor implements Executor, Stoppable {
  readonly capacity: number = 1;
  readonly clock: Clock;
  /** Whom the engine tells. Set for a turn at a time, see {@link lookForListeners}. */
  trace: TraceSink | null;
  readonly graceMs: number;
  readonly thread: number;
  readonly awaits: 'frame' | 'queue' = 'frame';
  readonly followsAsync: boolean;
  readonly inheritance: Inheritance | null = null;
  readonly pollCancellation: (() => void) | null = null;
  readonly counts: TaskCounts = { queued: 0, started: 0, completed: 0, failed: 0, cancelled: 0 };
  readonly #outlet: TraceOutlet;
  readonly #roots = new FiberList();
  readonly #idleCheck: IdleCheck | null;
  /** Whether the end of the process is watched, for the tasks that are left by then. */
  #isWatched = false;
  #closing: Promise<void> | null = null;
  /** Whether `close` cancels what has not ended in time. */
  #hasDeadline = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: LocalExecutorOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.#outlet = new TraceOutlet(expectTraceSink(options.trace));
    this.trace = this.#outlet.listener;
    this.graceMs = expectNumber('graceMs', options.graceMs ?? DEFAULT_GRACE_MS, { min: 0 });
    this.thread = options.thread ?? 0;
    this.followsAsync = expectOneOf('context', options.context ?? 'async-local-storage', ['async-local-storage', 'off']) === 'async-local-storage';
    this.#idleCheck = expectOneOf('deadlocks', options.deadlocks ?? 'exit', ['exit', 'idle']) === 'idle' ? new IdleCheck(this) : null;
  }

  // -- Executor --

  submit<R>(call: Call<R>, options?: CallOptions): TaskHandle<R> {
    return this.#accept(call, options) as unknown as TaskHandle<R>;
  }

  run<R>(call: Call<R>, options?: CallOptions): Promise<R> {
    try {
      return this.#accept(call, options).promise() as Promise<R>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #accept(call: unknown, options: CallOptions | undefined): Fiber {
    if (this.#closing !== null) throw new ExecutorClosedError('Expected an open executor, got submit() after close()');
    if (!(call instanceof TaskCall)) throw new TypeError(`Expected a call, such as fib(30) for a task fib, got ${describe(call)}`);
    validateCallOptions(options);
    this.lookForListeners();
    const fiber = new Fiber(this, call, options, null);
    this.#roots.add(fiber);
    if (fiber.accept()) this.spawn(fiber);
    return fiber;
  }

  close(options: CloseOptions = {}): Promise<void> {
    const deadlineMs = expectNumber('deadlineMs', options.deadlineMs ?? Infinity, { min: 0, infinite: true });
    this.#closing ??= this.#drain();
    if (deadlineMs < Infinity) this.#cancelAt(deadlineMs);
    // Tasks that nobody waited for are waited for now.
    if (this.#isWatched) this.wentIdle();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    if (!this.#roots.isEmpty) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
    this.release();
  }

  #cancelAt(deadlineMs: number): void {
    if (this.#roots.isEmpty) return;
    this.#hasDeadline = true;
    const reason = new ExecutorClosedError(`The executor closed with a deadline of ${deadlineMs} ms, and the task had not ended by then`);
    const cancelAll = (): void => {
      // A copy: a fiber that has not started leaves the list at once.
      for (const fiber of Array.from(this.#roots)) inContextOf(fiber, (root) => root.cancel(reason));
    };
    const cancelTimer = this.clock.setTimer(cancelAll, deadlineMs);
    void this.#closing?.then(cancelTimer);
  }

  /** Frees what a subclass holds; called once, after the last task. */
  protected release(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  stats(): ExecutorStats {
    const { queued, started, completed, failed, cancelled } = this.counts;
    const running = this.isStepping ? 1 : 0;
    return { queued, running, awaiting: Math.max(0, started - running), completed, failed, cancelled };
  }

  snapshot(): WaitGraph {
    return waitGraphOf(this.#roots);
  }

  /**
   * Finds out whether anybody listens to the trace. Done for each submitted call; a run loop does it at the beginning of each turn,
   * so that those who subscribe later are told what the tasks under way do.
   */
  protected lookForListeners(): void {
    this.trace = this.#outlet.listener;
  }

  /** Whether a fiber is stepping at this moment. */
  protected abstract get isStepping(): boolean;

  // -- Host --

  abstract enqueue(fiber: Fiber): void;
  abstract dequeue(fiber: Fiber): void;
  abstract checkpoint(): boolean;

  spawn(fiber: Fiber): void {
    this.enqueue(fiber);
  }

  rootEnded(fiber: Fiber): void {
    this.#roots.remove(fiber);
    if (fiber.hasFailed && !fiber.isObserved && !(fiber.wasCancelled && isMereCancellation(fiber.value))) queueMicrotask(() => reportLost(fiber));
    if (!this.#roots.isEmpty) return;
    if (this.#isWatched) this.#endWatch();
    this.#onEmpty?.();
  }

  // -- standstills --

  /** To be called by a run loop when no task is ready any more. */
  protected wentIdle(): void {
    if (this.#roots.isEmpty) return;
    this.#isWatched = true;
    watchExit(this);
    if (this.#idleCheck !== null && !this.#hasDeadline) this.#idleCheck.request();
  }

  #endWatch(): void {
    this.#isWatched = false;
    unwatchExit(this);
    this.#idleCheck?.reset();
  }

  liveRoots(): Iterable<Fiber> {
    return this.#roots;
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  /** Whether there are submitted calls that have not ended. */
  protected get isLive(): boolean {
    return !this.#roots.isEmpty;
  }
}

/**
 * A failure that nobody has asked for becomes an unhandled rejection, as it would for a promise: only at the end of the turn,
 * because a task that runs later in the same turn may still ask.
 */
function reportLost(fiber: Fiber): void {
  if (!fiber.isObserved) void fiber.result;
}
