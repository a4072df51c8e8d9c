/** What tasks write to the standard streams, where the pool captures it. */

/** Something that was written to a standard stream on a thread of the pool. */
export interface TaskOutput {
  /** The id of the submitted task that wrote it, or of which a spawned task did; `undefined` for what no task wrote, such as a module that loads. */
  readonly taskId: string | undefined;
  /** The name of that task. */
  readonly name: string | undefined;
  /** The thread's number, as in trace events. */
  readonly thread: number;
  readonly stream: 'stdout' | 'stderr';
  /** What one `write` wrote: `console.log` writes a line with its line break. */
  readonly text: string;
}
