/**
 * The worker-thread executor. Piscina owns the threads (`main/threads.ts`), the dispatcher decides what goes where
 * (`main/dispatcher.ts`), and an agent on each thread (`worker/agent.ts`) runs the calls under a multiplexer of its own.
 */

import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import {
  ExecutorClosedError,
  NotPortableError,
  systemClock,
  WorkerLostError,
  type Call,
  type CallOptions,
  type CloseOptions,
  type Executor,
  type ExecutorStats,
  type TaskHandle,
  type TraceEventType,
  type TraceSink,
  type WaitGraph,
} from '@heddle/core';
import { TaskCall, decodeThrown, describe, expectNumber, mergeCallOptions, validateCallOptions, type EncodedThrown } from '@heddle/core/engine';
import { fifo, type PolicyFactory } from '@heddle/multiplexer';
import type { AgentThread } from './main/agent-thread.ts';
import { Dispatcher } from './main/dispatcher.ts';
import { HungerBoard } from './hunger-board.ts';
import { KeepAlive } from './main/keep-alive.ts';
import { PoolTask, type TaskOwner } from './main/pool-task.ts';
import { readMessage, type RecordReader } from './main/read-message.ts';
import { Threads } from './main/threads.ts';
import { taskModuleBeingLoaded } from './worker/module-loading.ts';

/** Options of a {@link ThreadPool}. */
export interface ThreadPoolOptions {
  /** How many threads, an integer of at least 1. @default the number of processors that the process may use */
  readonly threads?: number | undefined;
  /** The order in which queued calls are taken. @default fifo() */
  readonly policy?: PolicyFactory | undefined;
  /** Receives an event for everything that happens to a task, on every thread. @default none */
  readonly trace?: TraceSink | undefined;
  /** How long a cancelled task may go on before its thread is terminated, in milliseconds, 0 or more. @default 5000 */
  readonly graceMs?: number | undefined;
  /** Environment variables of the threads. @default those of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Node options of the threads, such as `['--import', loaderUrl]` for task modules that need a loader. @default those of this process */
  readonly execArgv?: readonly string[] | undefined;
  /** Memory limits of each thread. @default Node's own */
  readonly resourceLimits?: ResourceLimits | undefined;
}

const DEFAULT_GRACE_MS = 5_000;

/**
 * Runs portable tasks on worker threads.
 *
 * Calls submitted together travel together; results too. Every accepted call settles: if its thread dies, with
 * `WorkerLostError`. An idle pool does not keep the process alive.
 *
 * @throws {TypeError} {RangeError} when an option is wrong
 * @example
 * ```ts
 * await using pool = new ThreadPool({ threads: 4 });
 * const value = await pool.run(fib(40), { timeoutMs: 5_000 });
 * ```
 */
export class ThreadPool implements Executor<true> {
  readonly capacity: number;
  readonly #graceMs: number;
  readonly #trace: TraceSink | null;
  readonly #threads: Threads;
  readonly #dispatcher: Dispatcher;
  readonly #keepAlive = new KeepAlive();
  readonly #hunger: HungerBoard;
  /** Accepted and not ended. */
  readonly #live = new Set<PoolTask>();
  readonly #counts = { completed: 0, failed: 0, cancelled: 0 };
  #closing: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;
  /** Why no call can run any more, once that is so. */
  #brokenBy: WorkerLostError | null = null;

  constructor(options: ThreadPoolOptions = {}) {
    refuseWhileModuleLoads();
    this.capacity = expectNumber('threads', options.threads ?? availableParallelism(), { min: 1, integer: true });
    this.#graceMs = expectNumber('graceMs', options.graceMs ?? DEFAULT_GRACE_MS, { min: 0 });
    this.#trace = options.trace ?? null;
    const hunger = HungerBoard.allocate(this.capacity);
    this.#hunger = new HungerBoard(hunger);
    this.#threads = new Threads(
      {
        count: this.capacity,
        env: options.env,
        execArgv: options.execArgv,
        resourceLimits: options.resourceLimits,
        configure: (thread) => ({ thread, graceMs: this.#graceMs, isTraced: this.#trace !== null, hunger }),
      },
      {
        threadReady: () => {
          this.#dispatcher.schedule();
        },
        message: (thread, message) => {
          readMessage(message, this.#readerFor(thread));
          this.#dispatcher.dispatch();
        },
        threadLost: (thread, cause) => {
          this.#threadLost(thread, cause);
        },
        broken: (cause) => {
          this.#break(cause);
        },
      },
    );
    const queue = (options.policy ?? fifo())<PoolTask>({ clock: systemClock });
    this.#dispatcher = new Dispatcher(queue, this.#threads.ready, this.#trace !== null);
  }

  // ── Executor ──

  submit<R>(call: Call<R, true>, options?: CallOptions): TaskHandle<R> {
    if (this.#closing !== null) throw new ExecutorClosedError('Expected an open pool, got submit() after close()');
    const frame = expectPortable(call);
    validateCallOptions(options);
    const merged = mergeCallOptions(mergeCallOptions(frame.definition.options, frame.options), options);
    return this.#accept(new PoolTask(this.#owner, frame, merged)) as unknown as TaskHandle<R>;
  }

  run<R>(call: Call<R, true>, options?: CallOptions): Promise<R> {
    try {
      return this.submit(call, options).result;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  close(options: CloseOptions = {}): Promise<void> {
    const deadlineMs = expectNumber('deadlineMs', options.deadlineMs ?? Infinity, { min: 0, infinite: true });
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
    await this.#threads.close();
    this.#keepAlive.close();
  }

  #cancelAllAt(deadlineMs: number): void {
    if (this.#live.size === 0) return;
    const reason = new ExecutorClosedError(`The pool closed with a deadline of ${deadlineMs} ms, and the task had not ended by then`);
    const timer = setTimeout(() => {
      for (const task of this.#live) task.cancel(reason);
    }, deadlineMs);
    void this.#closing?.then(() => {
      clearTimeout(timer);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  stats(): ExecutorStats {
    const queued = this.#dispatcher.queued;
    const sent = this.#live.size - queued;
    let busy = 0;
    for (const thread of this.#threads.ready) if (!thread.isIdle) busy++;
    const running = Math.min(sent, busy);
    return { queued, running, awaiting: sent - running, ...this.#counts };
  }

  snapshot(): WaitGraph {
    const tasks = [...this.#live].map(({ id, name, state, batch }) => ({
      id,
      name,
      state,
      waitsFor: [],
      waitsOn: batch === null ? 'a thread' : `thread ${batch.thread.number}`,
    }));
    return { tasks };
  }

  // ── the life of a call ──

  #accept(task: PoolTask): PoolTask {
    this.#live.add(task);
    this.#keepAlive.hold();
    if (this.#trace !== null) this.#tell(task, 'queued');
    if (this.#brokenBy !== null) task.settle(true, this.#brokenBy);
    else task.accept();
    if (task.state === 'ready') this.#dispatcher.enqueue(task);
    return task;
  }

  readonly #owner: TaskOwner = {
    graceMs: () => this.#graceMs,
    dequeue: (task) => {
      this.#dispatcher.dequeue(task);
      if (this.#trace !== null) this.#tell(task, 'cancelled');
    },
    cancelSent: (task, error) => task.batch?.thread.cancel(task, error),
    abandon: (task) => {
      const thread = task.batch?.thread;
      if (thread !== undefined) this.#threads.terminate(thread);
    },
    ended: (task) => {
      this.#live.delete(task);
      this.#keepAlive.release();
      if (!task.hasFailed) this.#counts.completed++;
      else if (task.wasCancelled) this.#counts.cancelled++;
      else this.#counts.failed++;
      if (this.#live.size === 0) this.#onEmpty?.();
    },
  };

  #readerFor(thread: AgentThread): RecordReader {
    return {
      done: (batchId, index, value) => {
        this.#itemEnded(thread, batchId, index, false, value);
      },
      failed: (batchId, index, error) => {
        this.#itemEnded(thread, batchId, index, true, decodeThrown(error as EncodedThrown));
      },
      retired: (batchId, us) => {
        const batch = thread.batch(batchId);
        const first = batch?.items[0];
        if (batch === undefined || first === undefined) return;
        this.#dispatcher.learn(first.call.definition, us, batch.items.length);
        thread.retire(batch);
      },
      progress: (batchId, index, value) => thread.batch(batchId)?.items[index]?.reportProgress(value),
      trace: (events) => {
        for (const event of events) this.#trace?.event(event);
      },
    };
  }

  #itemEnded(thread: AgentThread, batchId: number, index: number, hasFailed: boolean, value: unknown): void {
    const batch = thread.batch(batchId);
    const task = batch?.items[index];
    if (batch === undefined || task === undefined || task.state === 'complete') return;
    thread.itemEnded(batch);
    task.settle(hasFailed, value);
  }

  #threadLost(thread: AgentThread, cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    for (const task of thread.unfinished()) {
      const error = new WorkerLostError(`Thread ${thread.number} was lost while it held task ${task.name}: ${message}`, { cause });
      task.settle(true, task.cancelOutcome ?? error);
    }
    this.#hunger.withdraw(thread.number);
    this.#dispatcher.schedule();
  }

  #break(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#brokenBy = new WorkerLostError(`The pool has no thread left and cannot start one: ${message}`, { cause });
    const error = this.#brokenBy;
    this.#dispatcher.failAll(() => error);
  }

  #tell(task: PoolTask, type: TraceEventType): void {
    this.#trace?.event({ type, timeMs: systemClock.now(), taskId: task.id, name: task.name, thread: 0 });
  }
}

function expectPortable(call: unknown): TaskCall {
  if (!(call instanceof TaskCall)) throw new NotPortableError(`Expected a call of a portable task, such as fib(30), got ${describe(call)}`);
  if (call.definition.portable) return call;
  throw new NotPortableError(
    `Expected a portable task, got the local task ${call.definition.name}. Define it with task(import.meta, 'name', body), so that a thread can find it by importing its module`,
  );
}

function refuseWhileModuleLoads(): void {
  const moduleUrl = taskModuleBeingLoaded();
  if (moduleUrl === undefined) return;
  throw new TypeError(
    `Expected the task module ${moduleUrl} to define tasks only, got a ThreadPool made while it loads on a worker thread. Make pools in another module, or behind a check of isMainThread`,
  );
}
