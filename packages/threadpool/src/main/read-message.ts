/** Reads the records of a message from an agent. */

import { InternalError, type TraceEvent } from '@heddle/core';
import { COUNT_AT, NS_PER_US, recordLength, ToPool, type StreamName } from '../protocol.ts';
import type { Obstacle } from '../serialization.ts';

/** Receives the records of a message, in order. They are described in `protocol.ts`. */
export interface RecordReader {
  /** So many items in a row, from the index `first` on, have ended with the values that stand in `values` from `valuesAt` on. */
  done(batchId: number, first: number, values: readonly unknown[], valuesAt: number, count: number): void;
  failed(batchId: number, index: number, error: unknown, hasBegun: boolean): void;
  uncopiable(batchId: number, index: number, obstacle: Obstacle): void;
  retired(batchId: number, us: number): void;
  started(batchId: number, index: number): void;
  progress(batchId: number, index: number, value: unknown): void;
  trace(events: readonly TraceEvent[]): void;
  overdue(incarnation: number, loanId: number): void;
  pong(): void;
  begun(): void;
  /** The thread tells of itself: one of the kinds `Ready` to `HeapFull`, or `SettingUp`. */
  ofThread(kind: number, detail: unknown): void;
  output(batchId: number, index: number, stream: StreamName, text: string): void;
  emitted(batchId: number, index: number, value: unknown): void;
  costlyResults(taskId: string, copyMs: number, runMs: number): void;
  immovable(taskId: string, why: string): void;
}

/** Hands each record of `message` to `reader`. */
export function readMessage(message: readonly unknown[], reader: RecordReader): void {
  for (let at = 0; at < message.length; ) {
    const kind = message[at] as number;
    if (kind === ToPool.Done) reader.done(message[at + 1] as number, message[at + 2] as number, message, at + COUNT_AT + 1, message[at + COUNT_AT] as number);
    else readRecord(kind, message[at + 1], message[at + 2], message[at + 3], reader);
    at += recordLength(message, at);
  }
}

function readRecord(kind: number, one: unknown, two: unknown, three: unknown, reader: RecordReader): void {
  // The casts mirror the layouts in protocol.ts; both sides are this package's own, of one version.
  switch (kind) {
    case ToPool.Failed:
      return reader.failed(one as number, two as number, three, true);
    case ToPool.Uncopiable:
      return reader.uncopiable(one as number, two as number, three as Obstacle);
    case ToPool.NotBegun:
      return reader.failed(one as number, two as number, three, false);
    case ToPool.Retired:
      return reader.retired(one as number, (two as number) / NS_PER_US);
    case ToPool.Started:
      return reader.started(one as number, two as number);
    case ToPool.Progress:
      return reader.progress(one as number, two as number, three);
    case ToPool.Trace:
      return reader.trace(one as readonly TraceEvent[]);
    case ToPool.Overdue:
      return reader.overdue(one as number, two as number);
    case ToPool.Pong:
      return reader.pong();
    case ToPool.Begun:
      return reader.begun();
    case ToPool.Ready:
    case ToPool.InitFailed:
    case ToPool.SettingUp:
    case ToPool.TearingDown:
    case ToPool.Left:
    case ToPool.Crowded:
    case ToPool.HeapFull:
      return reader.ofThread(kind, one);
    case ToPool.Stdout:
      return reader.output(one as number, two as number, 'stdout', three as string);
    case ToPool.Stderr:
      return reader.output(one as number, two as number, 'stderr', three as string);
    case ToPool.Emitted:
      return reader.emitted(one as number, two as number, three);
    case ToPool.CostlyResults:
      return reader.costlyResults(one as string, two as number, three as number);
    case ToPool.Immovable:
      return reader.immovable(one as string, two as string);
    default:
      throw new InternalError(`Expected a message record of a known kind, got ${String(kind)}`);
  }
}
