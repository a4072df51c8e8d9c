/** What every executor offers, and the handle of a submitted call. Executors differ in where and in which order tasks run, in nothing else. */

import type { Call } from './call.ts';
import type { Operation } from './coroutine.ts';
import type { CallOptions } from './options.ts';

/** The article's states: `ready` waits for its turn, `running` steps now, `awaiting` waits for something else, `complete` has ended. */
export type TaskState = 'ready' | 'running' | 'awaiting' | 'complete';

/** How a task ended. */
export type Outcome<R> = PromiseSettledResult<R>;

/** A submitted or spawned call. Await it inside a task with `yield* handle`, elsewhere with `await handle.result`. */
export interface TaskHandle<out R> extends Operation<R>, AsyncDisposable {
  /** Unique within the process. */
  readonly id: string;
  /** The `name` option of the call, else its task's name. */
  readonly name: string;
  readonly state: TaskState;
  /** How the task ended; `undefined` until it is complete. */
  readonly outcome: Outcome<R> | undefined;
  /** Settles when the task does. A failure that nobody asks for, here or by awaiting the handle, is an unhandled rejection. */
  readonly result: Promise<R>;
  /**
   * What the task reports with `current().progress(value)` or `emit(value)`. Each loop over it gets every value from its beginning on,
   * the first one those since the first access; it ends when the task does, and leaving it does not cancel the task. `progress` never
   * waits for a reader; `emit` does.
   */
  readonly progress: AsyncIterable<unknown>;
  /**
   * Asks the task to stop: if it has not started it never will; if it runs, its signal aborts and its next suspension throws
   * `CancelledError`. The task settles after its `finally` blocks. Has no effect on a complete task.
   */
  cancel(reason?: unknown): void;
  /** Cancels the task if it still runs, and waits until it has ended. Rejects with a failure that nobody has asked for. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * `P` without being a place to infer it from: what may be called follows from the executor, never the other way round. (`NoInfer`,
 * for compilers before 5.4.)
 */
export type NotInferred<P> = [P][P extends unknown ? 0 : never];

/** How `close` ends what was accepted. */
export interface CloseOptions {
  /** How long accepted tasks may go on before they are cancelled, in milliseconds, 0 or more. @default Infinity */
  readonly deadlineMs?: number;
}

/** Counts of an executor's tasks. */
export interface ExecutorStats {
  /** Accepted and not started. */
  readonly queued: number;
  /** Stepping at this moment. */
  readonly running: number;
  /** Started, and waiting for something or for their next turn. */
  readonly awaiting: number;
  /** Ended with a value, since the executor was made. */
  readonly completed: number;
  /** Ended with an error. */
  readonly failed: number;
  /** Ended by cancellation or time-out. */
  readonly cancelled: number;
}

/** One task of a {@link WaitGraph}. */
export interface WaitGraphNode {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  /** Ids of the tasks that this one waits for. */
  readonly waitsFor: readonly string[];
  /** What else it waits for, such as `sleep(100 ms)`. */
  readonly waitsOn?: string | undefined;
}

/** Who waits for whom at one moment. */
export interface WaitGraph {
  readonly tasks: readonly WaitGraphNode[];
  /**
   * Ids of the tasks that wait for something that neither a task nor a timer can bring: a promise, a task of another executor. Such
   * a wait is no deadlock, because nobody can tell whether it will end; but where a program stands still, one of these is to blame.
   */
  readonly suspects: readonly string[];
}

/**
 * Runs calls. `Portable` is `true` for executors that leave the thread: they take portable tasks only, checked by the compiler.
 */
export interface Executor<in Portable extends boolean = boolean> extends AsyncDisposable {
  /** How many tasks can step at the same moment. */
  readonly capacity: number;
  /**
   * Runs a call.
   *
   * @returns the task's value; rejects with what the task threw, or a Heddle error (`CancelledError`, `TaskTimeoutError`, ...)
   * @throws nothing: a call that cannot be accepted gives a rejected promise
   */
  run<R>(call: Call<R, Portable>, options?: CallOptions): Promise<R>;
  /**
   * Accepts a call and returns its handle at once; the call never starts before `submit` has returned.
   *
   * @throws {ExecutorClosedError} after `close()`
   * @throws {TypeError} when `call` is no call, or an option has the wrong type
   */
  submit<R>(call: Call<R, Portable>, options?: CallOptions): TaskHandle<R>;
  /** Accepts no further calls, finishes the accepted ones or cancels them at the deadline, and frees every resource. Idempotent. */
  close(options?: CloseOptions): Promise<void>;
  stats(): ExecutorStats;
  /** Who waits for whom right now. */
  snapshot(): WaitGraph;
  [Symbol.asyncDispose](): Promise<void>;
}
