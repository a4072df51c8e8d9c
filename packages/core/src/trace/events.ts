/** Trace events: what every executor tells about its tasks, through one sink. */

/** What happened to a task. */
export type TraceEventType =
  | 'queued' // accepted and put on a run queue for the first time
  | 'started' // its first step begins
  | 'awaiting' // it parks until what it waits for ends; `detail` says what
  | 'resumed' // a further step of it begins
  | 'yielded' // it gave up its turn and went back to the queue
  | 'completed' // it ended with a value
  | 'failed' // it ended with an error; `detail` is the error's text
  | 'cancelled' // it ended by cancellation or time-out
  | 'stolen'; // it moved to another thread before it started

/** One event. Times are milliseconds since the epoch, by the executor's clock. */
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
  readonly detail?: string | undefined;
}

/** Receives trace events. Must not throw; called synchronously on the hot path, so keep it short. */
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
