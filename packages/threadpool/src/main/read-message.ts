/** Reads the records of a message from an agent. */

import { InternalError, type TraceEvent } from '@heddle/core';
import { RECORD_LENGTH, ToPool } from '../protocol.ts';

/** Receives the records of a message, in order. */
export interface RecordReader {
  done(batchId: number, index: number, value: unknown): void;
  failed(batchId: number, index: number, error: unknown): void;
  retired(batchId: number, us: number): void;
  progress(batchId: number, index: number, value: unknown): void;
  trace(events: readonly TraceEvent[]): void;
}

/** Hands each record of `message` to `reader`. */
export function readMessage(message: readonly unknown[], reader: RecordReader): void {
  // The casts mirror the layouts in protocol.ts; both sides are this package's own, of one version.
  for (let at = 0; at < message.length; ) {
    const kind = message[at] as number;
    const one = message[at + 1];
    const two = message[at + 2];
    const three = message[at + 3];
    switch (kind) {
      case ToPool.Done:
        reader.done(one as number, two as number, three);
        break;
      case ToPool.Failed:
        reader.failed(one as number, two as number, three);
        break;
      case ToPool.Retired:
        reader.retired(one as number, two as number);
        break;
      case ToPool.Progress:
        reader.progress(one as number, two as number, three);
        break;
      case ToPool.Trace:
        reader.trace(one as readonly TraceEvent[]);
        break;
      default:
        throw new InternalError(`Expected a message record of a known kind, got ${String(kind)}`);
    }
    // Invariant: the switch has let known kinds through only.
    at += RECORD_LENGTH[kind]!;
  }
}
