/**
 * The worker-thread executor. Piscina owns the threads (`main/threads.ts`), the dispatcher decides what goes where
 * (`main/dispatcher.ts`), and an agent on each thread (`worker/agent.ts`) runs the calls under a multiplexer of its own.
 */

import {
  ExecutorClosedError,
  isCancelled,
  systemClock,
  WorkerLostError,
  type Call,
  type CallOptions,
  type CloseOptions,
  type Executor,
  type TaskHandle,
  type TraceEventType,
  type TraceSink,
  type WaitGraph,
} from '@heddle/core';
import { carriedHere, describe, expectNumber, mergeCallOptions, TraceOutlet } from '@heddle/core/engine';
import type { MultiplexerOptions } from '@heddle/multiplexer';
import { HungerBoard } from './hunger-board.ts';
import { Admission } from './main/admission.ts';
import type { AgentThread } from './main/agent-thread.ts';
import { CallerThread } from './main/caller-thread.ts';
import { CopyHint } from './main/copy-hint.ts';
import { Growth } from './main/growth.ts';
import { IdleWatch } from './main/idle-watch.ts';
import { Dispatcher } from './main/dispatcher.ts';
import { expectCallOptions, expectPortable } from './main/expect-portable.ts';
import { KeepAlive } from './main/keep-alive.ts';
import { readOptions, type ThreadPoolOptions } from './main/pool-options.ts';
import { takeOver } from './main/lost-thread.ts';
import { findProgramUrl } from './main/program-url.ts';
import { PoolTimes, type ThreadPoolStats } from './main/pool-stats.ts';
import { PoolTask, type TaskOwner } from './main/pool-task.ts';
import { SubmitSite } from './main/submit-site.ts';
import { readMessage } from './main/read-message.ts';
import { ThreadReader, type Desk } from './main/thread-reader.ts';
import type { TaskOutput } from './main/task-output.ts';
import { TaskList } from './main/task-list.ts';
import { readThreadRange, MOST_THREADS, type ThreadCount, type ThreadRange } from './main/thread-range.ts';
import { Threads, type ThreadsListener } from './main/threads.ts';
import { TurnClock } from './main/turn-clock.ts';
import { Watchdog } from './main/watchdog.ts';
import { OccupancyBoard } from './occupancy-board.ts';
import { refuseWhileModuleLoads } from './worker/module-loading.ts';

const BYTES_PER_MB = 2 ** 20;

/**
 * Runs portable tasks on worker threads.
 *
 * Calls submitted together travel together; results too. Every accepted call settles: if its thread dies, it starts again on
 * another one where it had not begun or is `idempotent`, and ends with `WorkerLostError` otherwise. An idle pool does not keep the process alive.
 *
 * @throws {TypeError} when an option has the wrong type, or a task module makes a pool while it loads on a worker thread
 * @throws {RangeError} when a number is out of its range
 * @example
 * ```ts
 * await using pool = new ThreadPool({ threads: 4 });
 * const value = await pool.run(fib(40), { timeoutMs: 5_000 });
 * ```
 */
export class ThreadPool implements Executor<true> {
  readonly #graceMs: number;
  readonly #outlet: TraceOutlet;
  /** Whom to tell, as of the last look. */
  #trace: TraceSink | null;
  #traceEpoch: number;
  readonly #threads: Threads;
  readonly #dispatcher: Dispatcher;
  readonly #showsSites: boolean;
  readonly #copyHint: CopyHint | null;
  /** The limit on the queue; `null` where there is none. */
  readonly #admission: Admission | null = null;
  readonly #callerOptions: MultiplexerOptions;
  /** Made for the first call that runs on this thread. */
  #caller: CallerThread | null = null;
  readonly #keepAlive = new KeepAlive();
  readonly #hunger: HungerBoard;
  readonly #occupancy: OccupancyBoard;
  readonly #watchdog: Watchdog;
  readonly #growth: Growth;
  readonly #idleWatch: IdleWatch;
  readonly #onOutput: ((output: TaskOutput) => void) | null;
  /** Accepted and not ended. */
  readonly #live = new TaskList();
  readonly #turnClock = new TurnClock();
  readonly #times = new PoolTimes();
  readonly #counts = { completed: 0, failed: 0, cancelled: 0 };
  #closing: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;
  /** Why no call can run any more, once that is so. */
  #brokenBy: WorkerLostError | null = null;

  constructor(options: ThreadPoolOptions = {}) {
    refuseWhileModuleLoads();
    const { threads, spare, recycle, budget, init, teardown, policy, strategy, maxQueue, whenFull, trace, graceMs, onOutput, modules, loadTimeoutMs, copyHints, submitStacks, ...worker } =
      readOptions(options);
    this.#graceMs = graceMs;
    this.#callerOptions = { graceMs, trace: trace ?? undefined };
    this.#outlet = new TraceOutlet(trace);
    this.#trace = this.#outlet.listener;
    this.#traceEpoch = this.#trace === null ? 0 : 1;
    this.#onOutput = onOutput;
    this.#showsSites = submitStacks;
    this.#copyHint = copyHints ? new CopyHint() : null;
    const queue = policy<PoolTask>({ clock: systemClock });
    const hunger = HungerBoard.allocate(MOST_THREADS);
    const occupancy = OccupancyBoard.allocate(MOST_THREADS);
    this.#hunger = new HungerBoard(hunger);
    this.#occupancy = new OccupancyBoard(occupancy);
    const shared = {
      graceMs,
      hunger,
      occupancy,
      init,
      teardown,
      heapLimitBytes: recycle.heapMb * BYTES_PER_MB,
      capturesOutput: onOutput !== null,
      hintsCopies: copyHints,
      modules,
      loadTimeoutMs,
      programUrl: findProgramUrl(),
    };
    this.#threads = new Threads(
      {
        count: threads,
        spare,
        recycle,
        budget,
        graceMs,
        steals: strategy.name === 'workStealing',
        hasInit: init !== null,
        initTimeoutMs: (init === null || init.options === 0 ? undefined : init.options.timeoutMs) ?? Infinity,
        hasTeardown: teardown !== null,
        worker,
        configure: ({ number, incarnation }) => {
          this.#occupancy.reset(number);
          return { thread: number, incarnation, tellsCrowding: this.#threads.wantsCrowding, traceEpoch: this.#traceEpoch, ...shared };
        },
      },
      this.#threadsListener,
    );
    this.#dispatcher = new Dispatcher(queue, this.#threads.ready, this.#occupancy, () => this.#trace !== null);
    if (maxQueue < Infinity) this.#admission = new Admission({ maxQueue, whenFull, queue: this.#dispatcher, runInCaller: (task) => this.#runInCaller(task) });
    this.#watchdog = new Watchdog({
      graceMs,
      board: this.#occupancy,
      threads: this.#threads.live,
      terminate: (thread, why) => {
        this.#threads.terminate(thread, why);
      },
    });
    this.#growth = new Growth({
      queued: () => this.#dispatcher.queued,
      want: (more) => this.#threads.want(more),
      hasThreads: () => this.#threads.hasAny,
    });
    this.#idleWatch = new IdleWatch({
      threads: this.#threads.ready,
      isStepping: ({ number }) => this.#occupancy.occupant(number).owner !== 0,
      idle: (thread) => this.#threads.idle(thread),
    });
    this.#watchSize();
    this.#threads.open();
  }

  readonly #threadsListener: ThreadsListener = {
    threadReady: () => {
      this.#dispatcher.schedule();
    },
    message: (thread, message) => {
      this.#messageFrom(thread, message);
    },
    threadLost: (thread, cause) => {
      this.#threadLost(thread, cause);
    },
    threadLeft: ({ number, incarnation }) => {
      this.#hunger.withdraw(number, incarnation);
    },
    broken: (cause) => {
      this.#break(cause);
    },
  };

  // -- size --

  /** The most threads that take calls at one time. */
  get capacity(): number {
    return this.#threads.count.max;
  }

  /**
   * Changes how many threads the pool has, at once where threads are to be added. Those that are too many take no more calls,
   * finish what they hold, parked tasks too, and end; idle ones go first.
   *
   * @param threads as the option `threads`
   * @returns settles when they have ended; never rejects
   * @throws {ExecutorClosedError} after `close()`
   * @throws {TypeError} when `threads` is neither a number nor a range
   * @throws {RangeError} when a number is out of its range
   */
  resize(threads: number | ThreadRange): Promise<void> {
    if (this.#closing !== null) throw new ExecutorClosedError('Expected an open pool, got resize() after close()');
    const count: ThreadCount = readThreadRange(threads);
    const done = this.#threads.resize(count);
    this.#watchSize();
    this.#dispatcher.schedule();
    return done;
  }

  /** Looks at what may change the number of threads, while it may change. */
  #watchSize(): void {
    const { isElastic, count } = this.#threads;
    this.#dispatcher.onShortage = isElastic ? (queued, perCallUs) => this.#growth.shortage(queued, perCallUs) : null;
    this.#idleWatch.watch(isElastic ? count.idleTimeoutMs : Infinity);
  }

  // -- Executor --

  submit<R>(call: Call<R, true>, options?: CallOptions): TaskHandle<R> {
    return this.#submit(call, options) as unknown as TaskHandle<R>;
  }

  run<R>(call: Call<R, true>, options?: CallOptions): Promise<R> {
    try {
      return this.#submit(call, options).promise() as Promise<R>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #submit(call: unknown, options: CallOptions | undefined): PoolTask {
    if (this.#closing !== null) throw new ExecutorClosedError('Expected an open pool, got submit() after close()');
    const frame = expectPortable(call);
    expectCallOptions(options);
    this.#admission?.expectRoom(frame.definition.name);
    const merged = mergeCallOptions(mergeCallOptions(frame.definition.options, frame.options), options);
    const carried = carriedHere();
    const task = new PoolTask(this.#owner, frame, carried === undefined ? merged : { ...merged, carried });
    if (this.#showsSites) task.showSite(new SubmitSite());
    return this.#accept(task);
  }

  /**
   * Waits until the queue has room for a call: what a producer awaits before it submits, so that it makes calls no faster than they
   * begin. As many of those who wait go on as there is room for, in the order in which they came. Without `maxQueue` there is
   * always room.
   *
   * @returns settles when there is room; rejects with `ExecutorClosedError` when the pool closes
   * @example
   * ```ts
   * for await (const file of files) {
   *   await pool.ready();
   *   results.push(pool.run(hash(file)));
   * }
   * ```
   */
  ready(): Promise<void> {
    if (this.#closing !== null) return Promise.reject(new ExecutorClosedError('Expected an open pool, got ready() after close()'));
    return this.#admission === null ? Promise.resolve() : this.#admission.ready();
  }

  close(options: CloseOptions = {}): Promise<void> {
    const deadlineMs = expectNumber('deadlineMs', options.deadlineMs ?? Infinity, { min: 0, infinite: true });
    this.#admission?.refuseProducers();
    this.#closing ??= this.#drainAndEnd();
    if (deadlineMs < Infinity) this.#cancelAllAt(deadlineMs);
    return this.#closing;
  }

  async #drainAndEnd(): Promise<void> {
    if (this.#live.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
    this.#watchdog.close();
    this.#dispatcher.close();
    this.#admission?.close();
    this.#growth.close();
    this.#idleWatch.watch(Infinity);
    await this.#caller?.close();
    await this.#threads.close();
    this.#keepAlive.close();
  }

  #cancelAllAt(deadlineMs: number): void {
    if (this.#live.size === 0) return;
    const reason = new ExecutorClosedError(`The pool closed with a deadline of ${deadlineMs} ms, and the task had not ended by then`);
    const cancelAll = (): void => {
      // A copy: a task that is still queued leaves the list at once.
      for (const task of Array.from(this.#live)) task.cancel(reason);
    };
    const cancelTimer = systemClock.setTimer(cancelAll, deadlineMs);
    void this.#closing?.then(cancelTimer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  stats(): ThreadPoolStats {
    const queued = this.#dispatcher.unbegun + (this.#admission?.waiting ?? 0);
    const sent = this.#live.size - queued;
    let busy = 0;
    for (const thread of this.#threads.live.keys()) if (!thread.isIdle) busy++;
    const running = Math.min(sent, busy);
    const threads = Array.from(this.#threads.ready, (thread) => {
      return { thread: thread.number, held: thread.held, isIdle: thread.isIdle, eventLoop: this.#threads.eventLoopOf(thread) };
    });
    return { queued, running, awaiting: sent - running, ...this.#counts, waitMs: this.#times.waitMs, runMs: this.#times.runMs, threads };
  }

  snapshot(): WaitGraph {
    const tasks = [...this.#live].map(({ id, name, state, batch, isInCaller }) => ({
      id,
      name,
      state,
      waitsFor: [],
      waitsOn: batch === null ? (isInCaller ? 'the calling thread' : 'a thread') : `thread ${batch.thread.number}`,
    }));
    // What the tasks wait for on their threads is not known here.
    return { tasks, suspects: [] };
  }

  // -- the life of a call --

  #accept(task: PoolTask): PoolTask {
    task.queuedAt = this.#turnClock.stamp();
    this.#live.add(task);
    this.#keepAlive.hold();
    this.#lookForListeners();
    if (this.#trace !== null) this.#tell(task, 'queued');
    if (this.#brokenBy !== null) task.settle(true, this.#brokenBy);
    else task.accept();
    if (task.state === 'ready') {
      if (this.#admission === null) this.#dispatcher.enqueue(task);
      else this.#admission.enter(task);
    }
    return task;
  }

  #runInCaller(task: PoolTask): void {
    this.#caller ??= new CallerThread(this.#callerOptions);
    this.#caller.runTask(task);
  }

  readonly #owner: TaskOwner = {
    graceMs: () => this.#graceMs,
    hasBegun: (batch, index) => this.#occupancy.hasBegun(batch.thread.number, batch.numberOf(index)),
    dequeue: (task) => {
      if (this.#admission?.withdraw(task) !== true) this.#dispatcher.dequeue(task);
    },
    recall: (batch, index, error) => {
      const { thread } = batch;
      thread.cancel(batch, index, error);
      this.#occupancy.putMail(thread.number);
      if (this.#occupancy.hasBegun(thread.number, batch.numberOf(index))) return true;
      batch.endedUnbegun(index, false);
      return false;
    },
    overdue: (task) => {
      const { name, batch, indexInBatch } = task;
      if (batch === null) return;
      const occupant = { owner: batch.thread.incarnation, number: batch.numberOf(indexInBatch) };
      this.#watchdog.check(batch.thread, occupant, `task ${name} was cancelled`, task);
    },
    ended: (task, isTold) => {
      this.#live.remove(task);
      this.#keepAlive.release();
      if (!task.hasFailed) this.#counts.completed++;
      else if (task.wasCancelled) this.#counts.cancelled++;
      else this.#counts.failed++;
      if (!isTold && this.#trace !== null) this.#tell(task, isCancelled(task.value) ? 'cancelled' : 'failed');
      this.#admission?.scheduleLook();
      if (this.#live.size === 0) this.#onEmpty?.();
    },
  };

  #messageFrom(thread: AgentThread, message: readonly unknown[]): void {
    thread.isStalled = false;
    thread.hasAnswered = true;
    readMessage(message, new ThreadReader(thread, this.#desk));
    this.#lookForListeners();
    this.#dispatcher.dispatch();
    this.#admission?.look();
  }

  /** Where readers hand on what does not concern a single task. */
  readonly #desk: Desk = {
    retired: (batch, us) => {
      this.#copyHint?.retired(batch, us);
      this.#times.retired(batch, us);
      this.#dispatcher.learn(batch, us);
    },
    endedLate: (batch, nowMs) => {
      this.#times.endedLate(batch, nowMs);
    },
    trace: (events) => {
      for (const event of events) this.#outlet.event(event);
    },
    overdue: (lender, incarnation, number) => {
      for (const borrower of this.#threads.live.keys()) {
        if (borrower.incarnation !== incarnation) continue;
        this.#watchdog.check(borrower, { owner: lender.incarnation, number }, 'a task that another thread had spawned was cancelled');
      }
    },
    ofThread: (thread, kind, detail) => {
      this.#threads.told(thread, kind, detail);
    },
    output: ({ number }, task, stream, text) => {
      this.#onOutput?.({ taskId: task?.id, name: task?.name, thread: number, stream, text });
    },
  };

  #threadLost(thread: AgentThread, cause: unknown): void {
    const survivors = takeOver({ thread, cause, occupant: this.#occupancy.occupant(thread.number) });
    this.#hunger.withdraw(thread.number, thread.incarnation);
    this.#watchdog.lost(thread);
    if (this.#brokenBy === null) this.#dispatcher.putBack(survivors);
    else for (const task of survivors) task.settle(true, this.#brokenBy);
  }

  #break(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : describe(cause);
    this.#brokenBy ??= new WorkerLostError(`The pool has no thread left and cannot start one: ${message}`, { cause });
    const error = this.#brokenBy;
    this.#dispatcher.failAll(() => error);
    this.#admission?.failAll(error);
  }

  // -- telling --

  /** Finds out whether anybody listens to the trace, and lets the threads know when that has changed. */
  #lookForListeners(): void {
    const { listener } = this.#outlet;
    if (listener === this.#trace) return;
    this.#trace = listener;
    this.#traceEpoch++;
    // Ordering: before any call that is sent from now on. A thread that is still to come learns it as it starts.
    for (const thread of this.#threads.live.keys()) thread.enterTraceEpoch(this.#traceEpoch);
  }

  #tell(task: PoolTask, type: TraceEventType): void {
    const detail = task.hasFailed ? (task.value instanceof Error ? String(task.value) : describe(task.value)) : undefined;
    this.#outlet.event({ type, timeMs: systemClock.now(), taskId: task.id, name: task.name, thread: 0, detail });
  }
}
