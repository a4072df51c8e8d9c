/**
 * Every error that Heddle itself raises. Each has a literal `name` and a stable `code`; tell them apart by `code`, which
 * survives threads, bundlers and duplicate installs, where `instanceof` may not.
 */

import type { WaitGraphNode } from './executor.ts';
import { holds } from './options.ts';

/** The base of all Heddle errors. */
export abstract class HeddleError extends Error {
  abstract readonly code: `ERR_HEDDLE_${string}`;
}

/** A call was cancelled: by its signal, by its handle, by its scope or because its executor closed. `cause` is the reason given. */
export class CancelledError extends HeddleError {
  // The platform's convention for "aborted", so that code that already handles AbortError handles this too.
  override readonly name = 'AbortError';
  readonly code = 'ERR_HEDDLE_CANCELLED';
  constructor(message = 'The task was cancelled', options?: ErrorOptions) {
    super(message, options);
  }
}

/** Which limit a call ran into: waiting to start, running, or its absolute deadline. */
export type TimeoutPhase = 'queue' | 'run' | 'deadline';

/** A call took longer than it was allowed. `phase` says which limit it was, `limitMs` its length. */
export class TaskTimeoutError extends HeddleError {
  override readonly name = 'TaskTimeoutError';
  readonly code = 'ERR_HEDDLE_TIMEOUT';
  readonly phase: TimeoutPhase;
  readonly limitMs: number;
  constructor(taskName: string, phase: TimeoutPhase, limitMs: number, options?: ErrorOptions) {
    super(timeoutMessage(taskName, phase, limitMs), options);
    this.phase = phase;
    this.limitMs = limitMs;
  }
}

function timeoutMessage(taskName: string, phase: TimeoutPhase, limitMs: number): string {
  switch (phase) {
    case 'queue':
      return `Task ${taskName} waited longer than ${limitMs} ms to start`;
    case 'run':
      return `Task ${taskName} ran longer than ${limitMs} ms`;
    case 'deadline':
      return `Task ${taskName} missed its deadline`;
  }
}

/** The executor's queue is at its limit and the executor was told to reject. */
export class QueueFullError extends HeddleError {
  override readonly name = 'QueueFullError';
  readonly code = 'ERR_HEDDLE_QUEUE_FULL';
}

/** A call was submitted after `close()`. */
export class ExecutorClosedError extends HeddleError {
  override readonly name = 'ExecutorClosedError';
  readonly code = 'ERR_HEDDLE_CLOSED';
}

/** A task as errors name it. */
export interface LostTask {
  /** The id of its handle. */
  readonly id: string;
  readonly name: string;
}

/** What is known of the end of a thread. */
export interface WorkerLostOptions extends ErrorOptions {
  readonly culprit?: LostTask | undefined;
  readonly threadId?: number | undefined;
  readonly exitCode?: number | undefined;
}

/**
 * The thread that ran the call ended before the call did: it crashed, called `process.exit`, ran out of memory or was terminated.
 * `cause` is what the thread said at its end.
 */
export class WorkerLostError extends HeddleError {
  override readonly name = 'WorkerLostError';
  readonly code = 'ERR_HEDDLE_WORKER_LOST';
  /**
   * The submitted task that the thread was running when it ended, or that it had to be ended for, where that is known: most likely
   * the one to blame. It may be the one that failed.
   */
  declare readonly culprit?: LostTask;
  /** Node's `threadId` of the thread, where it is known. */
  declare readonly threadId?: number;
  /** The exit code of the thread, where it is known. */
  declare readonly exitCode?: number;
  constructor(message?: string, { culprit, threadId, exitCode, ...options }: WorkerLostOptions = {}) {
    super(message, options);
    // What is not known is no property, so that the error prints without it.
    if (culprit !== undefined) this.culprit = culprit;
    if (threadId !== undefined) this.threadId = threadId;
    if (exitCode !== undefined) this.exitCode = exitCode;
  }
}

/** What a {@link DeadlockError} tells. */
export interface DeadlockOptions extends ErrorOptions {
  readonly circle?: readonly string[] | undefined;
  readonly tasks?: readonly WaitGraphNode[] | undefined;
}

/** Tasks wait for one another, or for what nobody will ever bring. The message tells who waits for whom, a line for each task. */
export class DeadlockError extends HeddleError {
  override readonly name = 'DeadlockError';
  readonly code = 'ERR_HEDDLE_DEADLOCK';
  /** Ids of the tasks that wait for one another, each for the next, and the last for the first. Empty where there is no such circle. */
  readonly circle: readonly string[];
  /** The tasks that are stuck: those of the circle, or all. Not enumerable, because the message has told the gist. */
  declare readonly tasks: readonly WaitGraphNode[];
  constructor(message: string, { circle = [], tasks = [], ...options }: DeadlockOptions = {}) {
    super(message, options);
    this.circle = circle;
    Object.defineProperty(this, 'tasks', { value: tasks, configurable: true, writable: true, enumerable: false });
  }
}

/** A channel was closed: it takes no further item, or there is none left to receive. `cause` is the error it was closed with, if any. */
export class ChannelClosedError extends HeddleError {
  override readonly name = 'ChannelClosedError';
  readonly code = 'ERR_HEDDLE_CHANNEL_CLOSED';
}

/** A barrier can not be passed any more: a task that waited at it was cancelled, or it was reset. */
export class BrokenBarrierError extends HeddleError {
  override readonly name = 'BrokenBarrierError';
  readonly code = 'ERR_HEDDLE_BROKEN_BARRIER';
}

/** A local task, or something that is no call at all, was given to an executor that leaves the thread. */
export class NotPortableError extends HeddleError {
  override readonly name = 'NotPortableError';
  readonly code = 'ERR_HEDDLE_NOT_PORTABLE';
}

/** No task of this id is registered after its module was imported, or the module could not be imported (see `cause`). */
export class TaskNotFoundError extends HeddleError {
  override readonly name = 'TaskNotFoundError';
  readonly code = 'ERR_HEDDLE_TASK_NOT_FOUND';
}

/** The two sides of a call hold different code for one task id. */
export class TaskMismatchError extends HeddleError {
  override readonly name = 'TaskMismatchError';
  readonly code = 'ERR_HEDDLE_TASK_MISMATCH';
}

/** A value cannot be copied to the other side. `path` names the place inside it, such as `args[0].db.onConnect`. */
export class SerializationError extends HeddleError {
  override readonly name = 'SerializationError';
  readonly code = 'ERR_HEDDLE_SERIALIZATION';
  readonly path: string;
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** Stands for an error of the other side that could not be revived as its own class. `name` is the original's. */
export class RemoteError extends HeddleError {
  readonly code = 'ERR_HEDDLE_REMOTE';
}

/** Heddle broke one of its own promises. Please report it with the message. */
export class InternalError extends HeddleError {
  override readonly name = 'InternalError';
  readonly code = 'ERR_HEDDLE_INTERNAL';
}

/** Whether `error` is a cancellation of Heddle's, whichever copy of the library raised it. */
export function isCancelled(error: unknown): error is CancelledError {
  return holds(() => (error as { code?: unknown } | null | undefined)?.code === 'ERR_HEDDLE_CANCELLED');
}
