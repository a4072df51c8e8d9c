/** Hands what an agent reports to the tasks that it is about. */

import type { TraceEvent } from '@heddle/core';
import { decodeThrown, type EncodedThrown } from '@heddle/core/engine';
import type { StreamName } from '../protocol.ts';
import { serializationError, type Obstacle } from '../serialization.ts';
import type { AgentThread } from './agent-thread.ts';
import type { Batch } from './batch.ts';
import { tellCostlyCopy, tellImmovable } from './copy-hint.ts';
import type { PoolTask } from './pool-task.ts';
import type { RecordReader } from './read-message.ts';

/** Takes what does not concern a single task. */
export interface Desk {
  /** The thread has room again; the batch took so long, in microseconds, or a negative number if that is not known. */
  retired(batch: Batch, us: number): void;
  /** A call has ended after its batch was retired, at this moment of `performance.now()`. */
  endedLate(batch: Batch, nowMs: number): void;
  trace(events: readonly TraceEvent[]): void;
  /** The thread of that incarnation has not ended a recalled loan within the grace period. */
  overdue(lender: AgentThread, incarnation: number, loanId: number): void;
  /** A thread tells of itself. */
  ofThread(thread: AgentThread, kind: number, detail: unknown): void;
  /** Something was written to a standard stream, by a task if that is known. */
  output(thread: AgentThread, task: PoolTask | undefined, stream: StreamName, text: string): void;
}

export class ThreadReader implements RecordReader {
  readonly #thread: AgentThread;
  readonly #desk: Desk;
  /** When the message was read, once that is asked for. */
  #nowMs = 0;

  constructor(thread: AgentThread, desk: Desk) {
    this.#thread = thread;
    this.#desk = desk;
  }

  done(batchId: number, first: number, values: readonly unknown[], valuesAt: number, count: number): void {
    const batch = this.#thread.batch(batchId);
    if (batch === undefined) return;
    for (let offset = 0; offset < count; offset++) {
      this.#endOf(batch, first + offset)?.settle(false, values[valuesAt + offset], true);
    }
  }

  failed(batchId: number, index: number, error: unknown, hasBegun: boolean): void {
    if (!hasBegun) this.#thread.batch(batchId)?.endedUnbegun(index, true);
    this.#end(batchId, index)?.settle(true, decodeThrown(error as EncodedThrown), hasBegun);
  }

  uncopiable(batchId: number, index: number, obstacle: Obstacle): void {
    const task = this.#end(batchId, index);
    task?.settle(true, serializationError(task.name, 'result', obstacle), true);
  }

  retired(batchId: number, us: number): void {
    const batch = this.#thread.batch(batchId);
    if (batch === undefined) return;
    this.#thread.retire(batch);
    this.#desk.retired(batch, us);
  }

  started(batchId: number, index: number): void {
    this.#thread.batch(batchId)?.items[index]?.started();
  }

  progress(batchId: number, index: number, value: unknown): void {
    this.#thread.batch(batchId)?.items[index]?.reportProgress(value);
  }

  emitted(batchId: number, index: number, value: unknown): void {
    const batch = this.#thread.batch(batchId);
    batch?.items[index]?.emitted(value, (count) => {
      this.#thread.taken(batch, index, count);
    });
  }

  trace(events: readonly TraceEvent[]): void {
    this.#desk.trace(events);
  }

  overdue(incarnation: number, loanId: number): void {
    this.#desk.overdue(this.#thread, incarnation, loanId);
  }

  pong(): void {
    this.#thread.unansweredPings = 0;
  }

  costlyResults(taskId: string, copyMs: number, runMs: number): void {
    tellCostlyCopy(taskId, 'result', copyMs, runMs);
  }

  immovable(taskId: string, why: string): void {
    tellImmovable(taskId, why);
  }

  begun(): void {
    // What follows from it is looked at after every message.
  }

  ofThread(kind: number, detail: unknown): void {
    this.#desk.ofThread(this.#thread, kind, detail);
  }

  output(batchId: number, index: number, stream: StreamName, text: string): void {
    this.#desk.output(this.#thread, this.#thread.batch(batchId)?.items[index], stream, text);
  }

  /** Takes an item off its batch. It may have been settled on this side already, when it was cancelled before it began. */
  #end(batchId: number, index: number): PoolTask | undefined {
    const batch = this.#thread.batch(batchId);
    return batch === undefined ? undefined : this.#endOf(batch, index);
  }

  #endOf(batch: Batch, index: number): PoolTask | undefined {
    // Race: an item that ended without beginning, and was taken back before that was read.
    if (index >= batch.items.length) return undefined;
    if (batch.isRetired) this.#desk.endedLate(batch, (this.#nowMs ||= performance.now()));
    this.#thread.itemEnded(batch);
    return batch.items[index];
  }
}
