/** A call as the pool sees it: its handle, where it stands, and what its options limit on this side. */

import { isCancelled, TaskTimeoutError, type CallOptions, type CancelledError } from '@heddle/core';
import { Handle, suppress, suppressedOf, toCancelledError, type Fiber, type TaskCall } from '@heddle/core/engine';
import { Acknowledgements } from '../acknowledgements.ts';
import { ANSWER_MARGIN_MS } from '../grace.ts';
import type { PortableOptions } from '../protocol.ts';
import type { Batch } from './batch.ts';
import type { SubmitSite } from './submit-site.ts';
import { TaskLimits } from './task-limits.ts';

/** What a task reports to. */
export interface TaskOwner {
  /** How long a cancelled task may go on, in milliseconds. */
  graceMs(): number;
  /** Whether the thread that the task was sent to has begun it. */
  hasBegun(batch: Batch, index: number): boolean;
  /** The task was cancelled while it waited in the queue. */
  dequeue(task: PoolTask): void;
  /** The task was cancelled after it was sent to a thread. @returns whether it has begun; if not, it never will */
  recall(batch: Batch, index: number, error: CancelledError): boolean;
  /** The task was cancelled and has not ended within the grace period. Said again and again. */
  overdue(task: PoolTask): void;
  /** The task has ended. `isTold` when its thread has told the trace sink. */
  ended(task: PoolTask, isTold: boolean): void;
}

/** What only a task in trouble, or with limits, has. Apart, because a burst makes ten thousand tasks without (bench `burst-10000`). */
class Trouble {
  lostThreads = 0;
  cancelOutcome: Error | null = null;
  limits: TaskLimits | null = null;
  /** The task itself, where it runs on the thread that submitted it. */
  inCaller: Fiber | null = null;
  site: SubmitSite | null = null;
  acknowledgements: Acknowledgements | null = null;
}

export class PoolTask extends Handle {
  readonly call: TaskCall;
  readonly options: (CallOptions & PortableOptions) | undefined;
  /** Neighbours in the pool's list of tasks that have not ended. */
  previousInList: PoolTask | null = null;
  nextInList: PoolTask | null = null;
  /** When it was submitted: a stamp of `TurnClock`. */
  queuedAt = 0;
  /** Set while the task is on a thread. */
  batch: Batch | null = null;
  indexInBatch = 0;
  readonly #owner: TaskOwner;
  #trouble: Trouble | null = null;

  constructor(owner: TaskOwner, call: TaskCall, options: (CallOptions & PortableOptions) | undefined) {
    super();
    this.#owner = owner;
    this.call = call;
    this.options = options;
  }

  /** How many threads have died under it, perhaps by its doing. */
  get lostThreads(): number {
    return this.#trouble === null ? 0 : this.#trouble.lostThreads;
  }

  /** What the task ends with if it ends as cancelled; set by the first cancellation. */
  get cancelOutcome(): Error | null {
    return this.#trouble === null ? null : this.#trouble.cancelOutcome;
  }

  /** Where it was submitted is shown if it fails. */
  showSite(site: SubmitSite): void {
    this.#inTrouble().site = site;
  }

  #inTrouble(): Trouble {
    return (this.#trouble ??= new Trouble());
  }

  #limits(): TaskLimits {
    return (this.#inTrouble().limits ??= new TaskLimits(this));
  }

  get name(): string {
    return this.options?.name ?? this.call.definition.name;
  }

  get priority(): number {
    return this.options?.priority ?? 0;
  }

  get deadline(): number | undefined {
    return this.options?.deadline;
  }

  get key(): string | undefined {
    return this.options?.key;
  }

  /** Begins to watch the limits that hold on this side. The task may have ended when this returns. */
  accept(): void {
    if (this.options === undefined) return;
    const { signal, queueTimeoutMs, deadline } = this.options;
    if (signal === undefined && queueTimeoutMs === undefined && deadline === undefined) return;
    this.#limits().submitted(this.options);
  }

  /** The task was sent to a thread. */
  sent(batch: Batch, index: number): void {
    this.batch = batch;
    this.indexInBatch = index;
    this.state = 'running';
  }

  /** The task runs on the thread that submitted it, as this fiber. */
  sentToCaller(fiber: Fiber): void {
    this.#inTrouble().inCaller = fiber;
    this.state = 'running';
  }

  /**
   * The task's thread has died, and the task is to start elsewhere.
   *
   * @param isSuspect whether that may have been its own doing
   */
  unsent(isSuspect: boolean): void {
    if (this.hasBegun) this.#trouble?.limits?.hasBegun();
    this.batch = null;
    this.state = 'ready';
    if (isSuspect) this.#inTrouble().lostThreads++;
  }

  /** The pool has taken the task back from its thread, which had not begun it. */
  takenBack(): void {
    this.batch = null;
    this.state = 'ready';
  }

  /** Whether it runs on the thread that submitted it. */
  get isInCaller(): boolean {
    return this.#trouble !== null && this.#trouble.inCaller !== null;
  }

  /** Whether its thread has begun it. */
  get hasBegun(): boolean {
    if (this.#trouble?.inCaller?.hasStarted === true) return true;
    return this.batch !== null && this.#owner.hasBegun(this.batch, this.indexInBatch);
  }

  /** Whether it can be sent once more: what it moved to the thread that died is gone. */
  get isIntact(): boolean {
    return (this.options?.transfer?.length ?? 0) === 0;
  }

  /** Whether it may run again from its beginning. */
  get isIdempotent(): boolean {
    return this.call.definition.options?.idempotent === true;
  }

  /** The thread makes the first step of a task with `timeoutMs`. */
  started(): void {
    const timeoutMs = this.options?.timeoutMs;
    if (this.state === 'complete' || timeoutMs === undefined) return;
    this.#limits().started(timeoutMs);
  }

  /** The task has emitted a value. Its thread wants to know, by `acknowledge`, when values were read. */
  emitted(value: unknown, acknowledge: (count: number) => void): void {
    const acknowledgements = (this.#inTrouble().acknowledgements ??= new Acknowledgements((count) => {
      if (this.state !== 'complete') acknowledge(count);
    }));
    this.reportProgress(value, acknowledgements.taken);
  }

  cancel(reason?: unknown): void {
    if (this.state === 'complete' || this.cancelOutcome !== null) return;
    const error = toCancelledError(reason);
    const outcome = reason instanceof TaskTimeoutError ? reason : error;
    const trouble = this.#inTrouble();
    trouble.cancelOutcome = outcome;
    if (trouble.inCaller !== null) {
      trouble.inCaller.cancel(error);
      return;
    }
    if (this.batch === null) this.#owner.dequeue(this);
    else if (this.#owner.recall(this.batch, this.indexInBatch, error)) {
      const firstMs = this.#owner.graceMs() + ANSWER_MARGIN_MS;
      this.#limits().awaitEnd(firstMs, ANSWER_MARGIN_MS, () => {
        this.#owner.overdue(this);
      });
      return;
    }
    this.settle(true, outcome);
  }

  /**
   * Ends the task.
   *
   * @param isTold whether its thread has told the trace sink
   */
  settle(hasFailed: boolean, value: unknown, isTold = false): void {
    if (this.state === 'complete') return;
    this.#trouble?.limits?.release();
    this.batch = null;
    // The thread has sent a copy of the cancellation; the submitter gets the original, with its reason.
    const { cancelOutcome } = this;
    const isOurs = hasFailed && cancelOutcome !== null && isCancelled(value);
    const outcome = isOurs ? cancelOutcome : value;
    if (isOurs) suppress(outcome, suppressedOf(value));
    if (hasFailed) this.#trouble?.site?.addTo(outcome);
    this.complete(hasFailed, outcome);
    if (hasFailed && !this.isObserved && !(isOurs && suppressedOf(outcome).length === 0)) queueMicrotask(() => this.#reportLost());
    this.#owner.ended(this, isTold);
  }

  /** A failure that nobody has asked for by the end of the turn becomes an unhandled rejection, as it would for a promise. */
  #reportLost(): void {
    if (!this.isObserved) void this.result;
  }

  /** Whether the task ended by cancellation or time-out. */
  get wasCancelled(): boolean {
    return this.hasFailed && (this.value === this.cancelOutcome || this.value instanceof TaskTimeoutError);
  }
}
