/**
 * A fiber is one submitted or spawned call while it lives: a chain of frames of which the innermost one steps, the scopes that
 * are open in them, and what cancellation needs to know. It is also the handle that users hold.
 *
 * Life: ready -> running -> (awaiting -> ready -> running)* -> complete. Only `step` makes it run; `resume` makes it ready.
 */

import { TaskTimeoutError, type CancelledError } from '../errors.ts';
import { mergeCallOptions, textOf, type CallOptions } from '../options.ts';
import type { CancelTimer } from '../clock.ts';
import type { TraceEventType } from '../trace/events.ts';
import type { CallFrame } from './call-frame.ts';
import { Handle } from './handle.ts';
import type { Host } from './host.ts';
import { earlier, handDown, NO_HERITAGE, type Heritage, type Urgency } from './inheritance.ts';
import { Limits, toCancelledError } from './limits.ts';
import type { Scope } from './scope.ts';
import type { Wait } from './wait.ts';

/** What a fiber needs only once it is asked for its context, cancelled, or awaited by a more urgent one. */
interface Rare {
  /** The error of the cancellation under way. */
  cancelError: CancelledError | null;
  /** Set when the cancellation came from a limit of this fiber's own. */
  timeout: TaskTimeoutError | null;
  /** Whether the fiber ended as cancelled. */
  wasCancelled: boolean;
  /** Thrown at the next suspension, once. */
  interrupt: Interruption | null;
  /** The widest interruption under way; its grace period bounds the narrower ones too. */
  grace: Grace | null;
  controller: AbortController | null;
  /** What it asks of the queue on behalf of those who wait for it, where that is more than its own. */
  inherited: Urgency | null;
}

/** An error on its way into the fiber: into all of it, or into what runs inside one of its scopes and no further. */
interface Interruption {
  readonly error: Error;
  readonly scope: Scope | null;
}

interface Grace extends Interruption {
  readonly cancelTimer: CancelTimer;
  /** From then on every suspension throws. */
  isOver: boolean;
}

/** What a fiber of which the call was sent elsewhere reports to. */
export interface RemoteRun {
  cancel(error: CancelledError): void;
}

export class Fiber extends Handle {
  readonly host: Host;
  readonly call: CallFrame;
  readonly options: CallOptions | undefined;
  /** The scope that owns this fiber: it waits for its end. `null` for calls submitted from outside. */
  readonly owner: Scope | null;
  /** Siblings in the owner's list. */
  previousSibling: Fiber | null = null;
  nextSibling: Fiber | null = null;

  /** Invariant: the innermost frame while suspended; `null` before the first step and after the last. */
  frame: CallFrame | null = null;
  /** What the next step delivers to the innermost frame: a value, or an error. */
  delivery: unknown = undefined;
  deliversError = false;
  /** Invariant: set exactly while `state` is 'awaiting'. */
  waitingFor: Wait | null = null;
  /** The innermost open scope. Scopes of a fiber form a stack. */
  scope: Scope | null = null;
  /** Whether the first step was made. */
  hasStarted = false;
  /** Set by `yieldNow`, so that the operation knows its second call from its first. */
  hasYielded = false;
  /** Set when the call must start on this thread although it is portable: its arguments cannot be copied. */
  isPinned = false;
  /** Set when the call was sent elsewhere to run; this fiber then only waits for the outcome. */
  remote: RemoteRun | null = null;

  /** Whether `accept` counted it. */
  #isQueued = false;
  #limits: Limits | null;
  #rare: Rare | null = null;

  constructor(host: Host, call: CallFrame, options: CallOptions | undefined, owner: Scope | null) {
    super();
    this.host = host;
    this.call = call;
    const inherited = mergeCallOptions(call.definition.options, call.options);
    this.options = mergeCallOptions(inherited, options);
    this.owner = owner;
    this.#limits = Limits.of(this, this.options);
    owner?.add(this);
  }

  get name(): string {
    return this.options?.name ?? this.call.definition.name;
  }

  get parent(): Fiber | null {
    return this.owner === null ? null : this.owner.fiber;
  }

  // ── what a queue policy goes by ──

  get priority(): number {
    const { inherited } = this;
    if (inherited !== null) return inherited.priority;
    return this.options?.priority ?? heritageOf(this.owner).priority;
  }

  get deadline(): number | undefined {
    const { inherited } = this;
    return inherited === null ? earlier(this.options?.deadline, heritageOf(this.owner).deadline) : inherited.deadline;
  }

  get key(): string | undefined {
    return this.options?.key ?? heritageOf(this.owner).key;
  }

  /** What its children have from it. */
  get heritage(): Heritage {
    return handDown(heritageOf(this.owner), this.options);
  }

  /** What it inherits from those who wait for it, where that is more than its own. Written by {@link Inheritance} only. */
  get inherited(): Urgency | null {
    return this.#rare === null ? null : this.#rare.inherited;
  }

  set inherited(urgency: Urgency | null) {
    if (urgency !== null || this.#rare !== null) this.#rareFields().inherited = urgency;
  }

  // ── starting ──

  /** Accepts the fiber: its limits count from here. Returns false when one of them has ended it already. */
  accept(): boolean {
    this.#limits?.submitted();
    if (this.state === 'complete') return false;
    this.host.counts.queued++;
    this.#isQueued = true;
    this.trace('queued');
    return true;
  }

  /** Notes the first step. */
  start(): void {
    this.hasStarted = true;
    this.host.counts.queued--;
    this.host.counts.started++;
    this.#limits?.started();
    this.trace('started');
  }

  // ── parking and resuming ──

  /** Parks the fiber. Called by suspensions while the engine lets go of it. */
  wait(wait: Wait): void {
    this.state = 'awaiting';
    this.waitingFor = wait;
    const { trace, inheritance } = this.host;
    if (trace !== null) this.trace('awaiting', wait.describe());
    if (inheritance !== null) inheritance.parked(this, wait);
  }

  /** Makes the fiber ready; its next step delivers `value`. */
  resume(value: unknown): void {
    this.#makeReady(value, false);
  }

  /** Makes the fiber ready; its next step throws `error` into the innermost frame. */
  resumeWithError(error: unknown): void {
    this.#makeReady(error, true);
  }

  #makeReady(delivery: unknown, deliversError: boolean): void {
    const { host, waitingFor } = this;
    this.delivery = delivery;
    this.deliversError = deliversError;
    this.waitingFor = null;
    // Ordering: before it is ready, so that the queue gets to see its urgency once and for all.
    if (host.inheritance !== null) host.inheritance.resumed(this, waitingFor);
    const gaveUpTurn = this.state === 'running';
    this.state = 'ready';
    if (host.trace !== null && gaveUpTurn) this.trace('yielded');
    host.enqueue(this);
  }

  // ── ending ──

  /** Ends the fiber with a value or an error. */
  settle(hasFailed: boolean, outcome: unknown): void {
    const rare = this.#rare;
    const cancelError = rare === null ? null : (rare.timeout ?? rare.cancelError);
    const isCancellation = hasFailed && cancelError !== null && isAbort(outcome);
    if (rare !== null) rare.wasCancelled = isCancellation && rare.timeout === null;
    this.#limits?.release();
    rare?.grace?.cancelTimer();
    this.frame = null;
    this.waitingFor = null;
    this.#count(hasFailed, isCancellation);
    this.complete(hasFailed, isCancellation ? cancelError : outcome);
    if (this.host.trace !== null) this.trace(isCancellation ? 'cancelled' : hasFailed ? 'failed' : 'completed', hasFailed ? textOf(this.value) : undefined);
    if (this.owner !== null) this.owner.childEnded(this);
    else this.host.rootEnded(this);
  }

  #count(hasFailed: boolean, isCancellation: boolean): void {
    const { counts } = this.host;
    if (!this.hasStarted) {
      if (this.#isQueued) counts.queued--;
    } else counts.started--;
    if (isCancellation) counts.cancelled++;
    else if (hasFailed) counts.failed++;
    else counts.completed++;
  }

  /** Whether the fiber was asked to stop. */
  get isCancelled(): boolean {
    return this.#rare !== null && this.#rare.cancelError !== null;
  }

  /** Whether the fiber ended as cancelled: not by a limit of its own, by another error, or with a value in spite of it. */
  get wasCancelled(): boolean {
    return this.#rare !== null && this.#rare.wasCancelled;
  }

  // ── cancelling ──

  cancel(reason?: unknown): void {
    if (this.state === 'complete' || this.isCancelled) return;
    const error = toCancelledError(reason);
    const rare = this.#rareFields();
    rare.cancelError = error;
    if (reason instanceof TaskTimeoutError) rare.timeout = reason;
    if (this.remote !== null) {
      this.remote.cancel(error);
    } else if (this.hasStarted) {
      rare.controller?.abort(error);
      for (let scope = this.scope; scope !== null; scope = scope.parent) scope.cancelChildren(error);
      this.interrupt(error);
    } else {
      this.host.dequeue(this);
      this.settle(true, error);
    }
  }

  /**
   * Throws `error` into the fiber once: now if it is parked, else at its next suspension. After the host's grace period every
   * suspension throws.
   *
   * @param scope where the interruption comes from, if not from the whole fiber: it is forgotten when this scope ends
   */
  interrupt(error: Error, scope: Scope | null = null): void {
    const rare = this.#rareFields();
    if (isWithin(rare.grace, scope)) {
      rare.grace?.cancelTimer();
      rare.grace = { error, scope, isOver: false, cancelTimer: this.host.clock.setTimer(() => this.#insist(), this.host.graceMs) };
    }
    if (this.state === 'awaiting' && this.waitingFor?.withdraw(this, false) === true) this.resumeWithError(error);
    // A wait that must be seen to its end: the suspension after it throws. A wider interruption goes before a narrower one.
    else if (isWithin(rare.interrupt, scope)) rare.interrupt = { error, scope };
  }

  #insist(): void {
    const grace = this.#rare?.grace;
    if (grace === null || grace === undefined || this.state === 'complete') return;
    grace.isOver = true;
    if (this.state === 'awaiting' && this.waitingFor?.withdraw(this, true) === true) this.resumeWithError(grace.error);
  }

  /** Forgets the interruption that came from `scope`, because its body has ended: what follows goes on undisturbed. */
  endInterruption(scope: Scope): void {
    const rare = this.#rare;
    if (rare === null) return;
    if (rare.interrupt?.scope === scope) rare.interrupt = null;
    if (rare.grace?.scope === scope) {
      rare.grace.cancelTimer();
      rare.grace = null;
    }
  }

  /** Returns the error that a suspension about to begin must throw instead, if any. */
  takeInterrupt(): Error | null {
    const rare = this.#rare;
    if (rare === null) return null;
    const { interrupt } = rare;
    rare.interrupt = null;
    return interrupt === null ? null : interrupt.error;
  }

  /** The error that every suspension throws once the grace period is over. */
  get insistence(): Error | null {
    const grace = this.#rare === null ? null : this.#rare.grace;
    return grace !== null && grace.isOver ? grace.error : null;
  }

  /** Whether an interrupt waits for the next suspension. */
  get hasInterrupt(): boolean {
    return this.#rare !== null && this.#rare.interrupt !== null;
  }

  /** Aborts when the fiber is cancelled. Made on first use. */
  get signal(): AbortSignal {
    const rare = this.#rareFields();
    if (rare.controller === null) {
      rare.controller = new AbortController();
      if (rare.cancelError !== null) rare.controller.abort(rare.cancelError);
    }
    return rare.controller.signal;
  }

  #rareFields(): Rare {
    return (this.#rare ??= { cancelError: null, timeout: null, wasCancelled: false, interrupt: null, grace: null, controller: null, inherited: null });
  }

  // ── telling ──

  trace(type: TraceEventType, detail?: string): void {
    const { trace, clock, thread } = this.host;
    if (trace === null) return;
    trace.event({ type, timeMs: clock.now(), taskId: this.id, name: this.name, thread, parentId: this.parent?.id, detail });
  }
}

function heritageOf(owner: Scope | null): Heritage {
  return owner === null ? NO_HERITAGE : owner.heritage;
}

/** Whether `interruption`, if there is any, gives way to one that comes from `scope`: it is the same or a wider place. */
function isWithin(interruption: Interruption | null, scope: Scope | null): boolean {
  if (interruption === null || scope === null) return true;
  for (let inner = interruption.scope; inner !== null; inner = inner.parent) if (inner === scope) return true;
  return false;
}

/** Our own cancellation, or what platform APIs throw when the task's signal aborts them. */
function isAbort(error: unknown): boolean {
  return (error as { name?: unknown } | null | undefined)?.name === 'AbortError';
}
