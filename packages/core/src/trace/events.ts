/** Trace events: what every executor tells about its tasks, through one sink. */

import { describe } from '../options.ts';

/** What happened to a task. */
export type TraceEventType =
  | 'queued' // accepted and put on a run queue for the first time
  | 'started' // its first step begins
  | 'awaiting' // its step is over and it parks; `detail` says what it waits for
  | 'ready' // what it waited for has come, or was given up: it is on a run queue again
  | 'resumed' // a further step of it begins
  | 'yielded' // its step is over: it gave up its turn and went back to the queue
  | 'completed' // it ended with a value
  | 'failed' // it ended with an error; `detail` is the error's text
  | 'cancelled' // it ended by cancellation or time-out
  | 'stolen'; // it moved to another thread before it started

/** One event. Times are milliseconds since the epoch, by the executor's clock. Causes are told before what they bring about. */
export interface TraceEvent {
  readonly type: TraceEventType;
  readonly timeMs: number;
  /** The id of the task's handle, unique within the process. */
  readonly taskId: string;
  /** The task's name, for people. */
  readonly name: string;
  /** The executor's thread: 0 for the thread that made the executor, 1 and up for its worker threads. */
  readonly thread: number;
  /** The task that spawned this one, if any. */
  readonly parentId?: string | undefined;
  /** The task whose step has brought it about, if that is another one: it has spawned this task, woken it, or cancelled it. */
  readonly causeId?: string | undefined;
  readonly detail?: string | undefined;
  /** With `awaiting`: the tasks of which the end is awaited, if that is what the task waits for. */
  readonly waitsFor?: readonly string[] | undefined;
}

/**
 * Receives trace events, synchronously and on the hot path: keep it short.
 *
 * What it throws becomes an uncaught exception of its own, as from an event listener. The task that the event was about does not notice.
 */
export interface TraceSink {
  event(event: TraceEvent): void;
}

/** A sink that keeps every event in memory, in order. */
export class TraceRecorder implements TraceSink {
  readonly events: TraceEvent[] = [];
  event(event: TraceEvent): void {
    this.events.push(event);
  }
}

/**
 * Checks the option `trace` of an executor.
 *
 * @returns the sink, `null` for none
 * @throws {TypeError} when it is no sink
 */
export function expectTraceSink(trace: TraceSink | undefined): TraceSink | null {
  if (trace === undefined) return null;
  if (typeof (trace as Partial<TraceSink> | null)?.event === 'function') return trace;
  throw new TypeError(`Expected \`trace\` to be a sink with a function \`event\`, got ${describe(trace)}`);
}
