/**
 * The messages between a pool and the agents on its threads. Both directions coalesce: one message carries many records.
 *
 * Records are laid out flat in one array, because the structured clone of an object costs about a microsecond and that of a
 * small integer next to nothing (bench `burst-10000`).
 *
 * A *batch* is a run of calls sent in one message. An item is named by its batch and its index there, so that neither side needs
 * a lookup table of calls.
 */

import type { CallOptions } from '@heddle/core';
import type { EncodedThrown } from '@heddle/core/engine';

/** Pool to agent. The first element of a message. */
export const ToAgent = {
  /** [Define, index, taskId]: from now on `index` stands for the task. */
  Define: 0,
  /** [Run, batchId, traceIds | 0, then for each item: taskIndex, options | 0, argc, ...args] */
  Run: 1,
  /** [Cancel, batchId, itemIndex, reason] */
  Cancel: 2,
  /** [SpawnEnded, spawnId, hasFailed, value | error] */
  SpawnEnded: 3,
} as const;

/** Agent to pool. A message is a sequence of records; each begins with one of these. */
export const ToPool = {
  /** Done, batchId, itemIndex, value */
  Done: 0,
  /** Failed, batchId, itemIndex, error */
  Failed: 1,
  /** Retired, batchId, microseconds: every item of the batch has ended or is parked; the thread has room again. */
  Retired: 2,
  /** Spawn, spawnId, taskId, options | 0, args: a task asks the pool to run a child elsewhere. */
  Spawn: 3,
  /** SpawnCancelled, spawnId, reason */
  SpawnCancelled: 4,
  /** Progress, batchId, itemIndex, value */
  Progress: 5,
  /** Trace, events */
  Trace: 6,
} as const;

/** How many elements each record of `ToPool` takes, itself included. */
export const RECORD_LENGTH: Readonly<Record<number, number>> = {
  [ToPool.Done]: 4,
  [ToPool.Failed]: 4,
  [ToPool.Retired]: 3,
  [ToPool.Spawn]: 5,
  [ToPool.SpawnCancelled]: 3,
  [ToPool.Progress]: 4,
  [ToPool.Trace]: 2,
};

/** Options that travel with a call: those that the other side acts on. */
export type PortableOptions = Pick<CallOptions, 'timeoutMs' | 'deadline' | 'name' | 'priority' | 'key'>;

/** What a pool tells an agent when it starts. */
export interface AgentConfig {
  readonly thread: number;
  readonly graceMs: number;
  readonly isTraced: boolean;
  /** Int32, shared by all threads of the pool: how many more calls idle threads would take right now. */
  readonly appetite: SharedArrayBuffer;
}

/** What the pool hands to the one Piscina task of each thread. */
export interface Attachment {
  readonly port: import('node:worker_threads').MessagePort;
  readonly config: AgentConfig;
}

export type EncodedError = EncodedThrown;
