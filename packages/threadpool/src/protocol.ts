/**
 * The messages between a pool, the agents on its threads, and the agents among themselves. Messages between pool and agent
 * coalesce: one carries many records.
 *
 * Records are laid out flat in one array, because the structured clone of an object costs about a microsecond and that of a
 * small integer next to nothing; and what is the same for a run of neighbours is said once (bench `burst-10000`).
 *
 * A *batch* is a run of calls sent in one message. An item is named by its batch and its index there, so that neither side needs
 * a lookup table of calls.
 */

import type { MessagePort } from 'node:worker_threads';
import type { CallOptions } from '@heddle/core';
import type { CarriedValues } from '@heddle/core/engine';

/** Pool to agent. The first element of a message. */
export const ToAgent = {
  /** [Define, index, taskId, shape]: from now on `index` stands for the task, whose code looks so. */
  Define: 0,
  /** [Run, batchId, traceIds | 0, 1 if results are to be sent soon | 0, size, then for each run of like items: taskIndex, argc, 1 if they have options | 0, count, then for each: options?, ...args] */
  Run: 1,
  /** [Cancel, batchId, itemIndex, reason] */
  Cancel: 2,
  /** [Peer, thread, incarnation, port, memory of BegunLoans, side]: the port to the agent of another thread. */
  Peer: 3,
  /** [Ping]: are you there? */
  Ping: 4,
  /** [Trace, epoch]: from now on tell, or cease to tell, what the tasks do: see {@link isTracedIn}. */
  Trace: 5,
  /** [TakeBack, number]: items after this one that have not begun run elsewhere; numbers go on from the last one that stays. */
  TakeBack: 6,
  /** [Leave]: finish what you hold, take no loan, run the teardown, and say that you have. */
  Leave: 7,
  /** [TellCrowding, 1 or 0]: whether to tell of calls that wait while no thread is hungry. */
  TellCrowding: 8,
  /** [Taken, batchId, itemIndex, count]: so many of the values that the item has emitted were read. */
  Taken: 20,
  /** [Inputs, places]: in the message that follows, these elements are ports of inputs. */
  Inputs: 21,
} as const;

/** Agent to pool. A message is a sequence of records; each begins with one of these. */
export const ToPool = {
  /** Done, batchId, itemIndex, count, ...values: so many items in a row have ended with these values. */
  Done: 0,
  /** Failed, batchId, itemIndex, error */
  Failed: 1,
  /** Uncopiable, batchId, itemIndex, what stands in the way: the value cannot be copied. */
  Uncopiable: 2,
  /** NotBegun, batchId, itemIndex, error: it ended before its first step. */
  NotBegun: 3,
  /** Retired, batchId, nanoseconds (whole, as all numbers here, which keeps the array one of small integers) or -1 if they say nothing: every item of the batch has ended or is parked; the thread has room again. */
  Retired: 4,
  /** Started, batchId, itemIndex: the first step of a call with `timeoutMs` begins. */
  Started: 5,
  /** Progress, batchId, itemIndex, value */
  Progress: 6,
  /** Trace, events */
  Trace: 7,
  /** Overdue, incarnation, loanId: the thread of that incarnation has not ended a recalled loan within the grace period. */
  Overdue: 8,
  /** Pong: here I am. */
  Pong: 9,
  /** Begun: an item has begun since the pool asked to be told. */
  Begun: 10,
  /** Ready, 0: the agent is up, and the init hook has run. */
  Ready: 11,
  /** InitFailed, error: the thread must not take calls. */
  InitFailed: 12,
  /** TearingDown, 0: the thread that was told to leave holds nothing any more; the teardown hook begins. */
  TearingDown: 13,
  /** Left, error of the teardown hook or 0: the thread may be ended. */
  Left: 14,
  /** Crowded, count: so many spawned calls wait here, and no thread is hungry. */
  Crowded: 15,
  /** HeapFull, 0: the heap in use is larger than it may become. */
  HeapFull: 16,
  /** Stdout, batchId, itemIndex, text: the task wrote that. With batch 0: no task did. */
  Stdout: 17,
  /** Stderr, batchId, itemIndex, text */
  Stderr: 18,
  /** SettingUp, 0: the first step of an init hook with `timeoutMs` begins. */
  SettingUp: 19,
  /** CostlyResults, taskId, milliseconds to copy one, milliseconds to work it out. */
  CostlyResults: 20,
  /** Immovable, taskId, why: a spawned call of the task was to run on another thread, and cannot be copied. */
  Immovable: 22,
  /** Emitted, batchId, itemIndex, value: as Progress, and the item counts how many were read. */
  Emitted: 21,
} as const;

/** How many elements each record of `ToPool` takes, itself included; of `Done`, without its values. */
const RECORD_LENGTH: Readonly<Record<number, number>> = {
  [ToPool.Done]: 4,
  [ToPool.Failed]: 4,
  [ToPool.Uncopiable]: 4,
  [ToPool.NotBegun]: 4,
  [ToPool.Retired]: 3,
  [ToPool.Started]: 3,
  [ToPool.Progress]: 4,
  [ToPool.Trace]: 2,
  [ToPool.Overdue]: 3,
  [ToPool.Pong]: 1,
  [ToPool.Begun]: 1,
  [ToPool.Ready]: 2,
  [ToPool.InitFailed]: 2,
  [ToPool.TearingDown]: 2,
  [ToPool.Left]: 2,
  [ToPool.Crowded]: 2,
  [ToPool.HeapFull]: 2,
  [ToPool.Stdout]: 4,
  [ToPool.Stderr]: 4,
  [ToPool.SettingUp]: 2,
  [ToPool.CostlyResults]: 4,
  [ToPool.Emitted]: 4,
  [ToPool.Immovable]: 3,
};

export const NS_PER_US = 1000;

/** Where the number of values stands in a `Done` record. */
export const COUNT_AT = 3;

/** How many elements the record that begins at `at` takes. */
export function recordLength(message: readonly unknown[], at: number): number {
  const kind = message[at] as number;
  // Invariant: only records of known kinds are sent.
  const length = RECORD_LENGTH[kind]!;
  return kind === ToPool.Done ? length + (message[at + COUNT_AT] as number) : length;
}

/** Agent to agent. The first element of a message. */
export const ToPeer = {
  /** [Lend, loanId, taskId, options | 0, args, traceId, traceEpoch, what it has from its parent, which of the args are ports of inputs]: run this call for me. */
  Lend: 0,
  /** [Ended, loanId, hasBegun, hasFailed, value | error, what of the value moves?]: what it came to. */
  Ended: 1,
  /** [Recall, loanId, reason]: cancel it. */
  Recall: 2,
  /** [Started, loanId]: the first step of a call with `timeoutMs` begins. */
  Started: 3,
  /** [Progress, loanId, value, what of it moves?] */
  Progress: 4,
  /** [Output, loanId, stream, text]: it wrote that to a standard stream. */
  Output: 5,
  /** [Probe, loanId, probe]: what waits for the loan, and perhaps for itself; see `deadlock-probes.ts`. */
  Probe: 6,
  /** [Emitted, loanId, value, what of it moves?]: as Progress, and the borrower counts how many were read. */
  Emitted: 20,
  /** [Taken, loanId, count]: so many of the values that the call has emitted were read. */
  Taken: 21,
} as const;

/** The kind of {@link ToPool} for what was written to each standard stream. */
export const OUTPUT_KIND = { stdout: ToPool.Stdout, stderr: ToPool.Stderr } as const;

/** A standard stream. */
export type StreamName = keyof typeof OUTPUT_KIND;

/** A call that runs on each thread before its first call, or after its last. */
export interface HookCall {
  readonly taskId: string;
  readonly args: readonly unknown[];
  readonly options: PortableOptions | 0;
}

/** Options that travel with a call: those that the other side acts on. */
export interface PortableOptions extends Pick<CallOptions, 'timeoutMs' | 'deadline' | 'name' | 'priority' | 'key'> {
  /** What `carry` has named. */
  readonly carried?: CarriedValues | undefined;
}

/** Returns the options that travel, or 0 when there are none: the cheapest thing to clone. */
export function portableOptions(options: (CallOptions & PortableOptions) | undefined): PortableOptions | 0 {
  if (options === undefined) return 0;
  const { timeoutMs, deadline, name, priority, key, carried } = options;
  const hasAny = timeoutMs !== undefined || deadline !== undefined || name !== undefined || priority !== undefined || key !== undefined || carried !== undefined;
  return hasAny ? { timeoutMs, deadline, name, priority, key, carried } : 0;
}

/**
 * Whether tasks are traced in a trace epoch. The pool counts one on whenever somebody begins or ceases to listen, and an agent goes by
 * the highest number that it has heard of: from the pool, or along with a call from a thread that has heard of it earlier.
 */
export function isTracedIn(traceEpoch: number): boolean {
  return traceEpoch % 2 === 1;
}

/** What a pool tells an agent when it starts. */
export interface AgentConfig {
  /** The thread's number, from 1. Used again when the thread has died. */
  readonly thread: number;
  /** Tells threads of one number apart; from 1, never used again within a pool. */
  readonly incarnation: number;
  readonly graceMs: number;
  readonly traceEpoch: number;
  /** Whether to look for results that cost more to copy than to work out. */
  readonly hintsCopies: boolean;
  /** URLs of modules to import first, and to find tasks in. */
  readonly modules: readonly string[];
  /** How long to wait for a module, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** The module that the process runs; `null` if that is not known. */
  readonly programUrl: string | null;
  /** The memory of {@link HungerBoard}, shared by all threads of the pool. */
  readonly hunger: SharedArrayBuffer;
  /** The memory of {@link OccupancyBoard}, likewise. */
  readonly occupancy: SharedArrayBuffer;
  readonly init: HookCall | null;
  readonly teardown: HookCall | null;
  /** Heap in use from which on the thread is to be replaced, in bytes; `Infinity` for none. */
  readonly heapLimitBytes: number;
  readonly capturesOutput: boolean;
  /** As in `ToAgent.TellCrowding`. */
  readonly tellsCrowding: boolean;
}

/** What the pool hands to the one Piscina task of each thread. */
export interface Attachment {
  readonly port: MessagePort;
  readonly config: AgentConfig;
}
