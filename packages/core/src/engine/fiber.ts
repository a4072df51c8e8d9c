/**
 * A fiber is one submitted or spawned call while it lives: a chain of frames of which the innermost one steps, the scopes that
 * are open in them, and what cancellation needs to know. It is also the handle that users hold.
 *
 * Life: ready -> running -> (awaiting -> ready -> running)* -> complete. Only `step` makes it run; `resume` makes it ready.
 */

import { InternalError, TaskTimeoutError, type CancelledError } from '../errors.ts';
import type { TaskDefinition } from '../task.ts';
import { holds, mergeCallOptions, textOf, type CallOptions } from '../options.ts';
import type { TraceEventType } from '../trace/events.ts';
import { cancelTree } from './cancel-tree.ts';
import { contextHere, type CarriedContext } from './carried-context.ts';
import { expectNoCircleOfJoins } from './deadlock/refusal.ts';
import { Emitter } from './emitter.ts';
import type { Frame, FrameBody } from './frame.ts';
import { Flag } from './handle.ts';
import type { Host } from './host.ts';
import type { Interruption } from './interruption.ts';
import { Interruptions } from './interruptions.ts';
import { earlier, handDown, NO_HERITAGE, type Heritage, type Urgency } from './inheritance.ts';
import { Limits, toCancelledError } from './limits.ts';
import { scopesOutside, type Scope } from './scope.ts';
import { isAbort, suppress, suppressedOf } from './suppress.ts';
import { TaskCall } from './task-call.ts';
import { taskController } from './task-signal.ts';
import { tell } from './tell.ts';
import { TreeNode, type Owner } from './tree-node.ts';
import type { Wait } from './wait.ts';

/** What a fiber needs only once it is asked for its context, cancelled, or awaited by a more urgent one. */
interface Rare {
  /** The error of the cancellation under way. */
  cancelError: CancelledError | null;
  /** Set when the cancellation came from a limit of this fiber's own. */
  timeout: TaskTimeoutError | null;
  /** Whether the fiber ended as cancelled. */
  wasCancelled: boolean;
  /** Set when the call was sent elsewhere to run. */
  remote: RemoteRun | null;
  limits: Limits | null;
  /** Errors on their way into the fiber, or in their grace period. */
  interruptions: Interruptions | null;
  controller: AbortController | null;
  /** Set once it has emitted a value. */
  emitter: Emitter | null;
  /** What it asks of the queue on behalf of those who wait for it, where that is more than its own. */
  inherited: Urgency | null;
}

/** What a fiber of which the call was sent elsewhere reports to. */
export interface RemoteRun {
  cancel(error: CancelledError): void;
}

export class Fiber extends TreeNode {
  readonly host: Host;
  /** The call to be made; from the first step on only its task, so that the arguments can be collected. */
  #work: TaskCall | TaskDefinition;
  readonly options: CallOptions | undefined;
  /** The fiber at the top of the tree that this one belongs to: itself, where nobody owns it. */
  readonly root: Fiber;
  /** What it has from its parent. (For a subclass to set that knows of a parent elsewhere.) */
  given: Heritage;
  /** What the fiber carries through its steps. Its `scope` never changes; its task-locals do. */
  context: CarriedContext;

  /** The outermost body. Here and not in a frame, because most tasks never have another. `null` before the first step and after the last. */
  body: FrameBody | null = null;
  /** Invariant: the innermost frame while suspended; `null` if that is the outermost body. */
  frame: Frame | null = null;
  #rare: Rare | null = null;

  constructor(host: Host, call: TaskCall, options: CallOptions | undefined, owner: Owner | null) {
    super(owner);
    this.host = host;
    this.#work = call;
    const inherited = mergeCallOptions(call.definition.options, call.options);
    this.options = mergeCallOptions(inherited, options);
    this.root = owner === null ? this : owner.root;
    this.given = owner === null ? NO_HERITAGE : owner.heritage;
    this.context = owner === null ? contextHere(host.followsAsync) : owner.fiber.context;
    const limits = Limits.of(this, this.options);
    if (limits !== null) this.#rareFields().limits = limits;
    owner?.add(this);
  }

  get definition(): TaskDefinition {
    const work = this.#work;
    return work instanceof TaskCall ? work.definition : work;
  }

  /** The call to be made; `null` from the first step on. */
  get call(): TaskCall | null {
    const work = this.#work;
    return work instanceof TaskCall ? work : null;
  }

  // -- flags --

  /** Whether the first step was made. */
  get hasStarted(): boolean {
    return (this.flags & Flag.HasStarted) !== 0;
  }

  get deliversError(): boolean {
    return (this.flags & Flag.DeliversError) !== 0;
  }

  get hasYielded(): boolean {
    return (this.flags & Flag.HasYielded) !== 0;
  }

  set hasYielded(value: boolean) {
    this.flags = value ? this.flags | Flag.HasYielded : this.flags & ~Flag.HasYielded;
  }

  /** Whether the call must start on this thread although it is portable: its arguments cannot be copied. */
  get isPinned(): boolean {
    return (this.flags & Flag.IsPinned) !== 0;
  }

  /** Keeps the call on this thread. */
  pin(): void {
    this.flags |= Flag.IsPinned;
  }

  /** Set while the call runs elsewhere; this fiber then only waits for the outcome. */
  get remote(): RemoteRun | null {
    return this.#rare === null ? null : this.#rare.remote;
  }

  set remote(remote: RemoteRun | null) {
    this.#rareFields().remote = remote;
  }

  get name(): string {
    return this.options?.name ?? this.definition.name;
  }

  /** Itself, as what owns its children. */
  override get fiber(): this {
    return this;
  }

  // -- what a queue policy goes by --

  get priority(): number {
    const { inherited } = this;
    if (inherited !== null) return inherited.priority;
    return this.options?.priority ?? this.given.priority;
  }

  get deadline(): number | undefined {
    const { inherited } = this;
    return inherited === null ? earlier(this.options?.deadline, this.given.deadline) : inherited.deadline;
  }

  get key(): string | undefined {
    return this.options?.key ?? this.given.key;
  }

  /** What its children have from it. */
  get heritage(): Heritage {
    return handDown(this.given, this.options);
  }

  /** What it inherits from those who wait for it, where that is more than its own. Written by {@link Inheritance} only. */
  get inherited(): Urgency | null {
    return this.#rare === null ? null : this.#rare.inherited;
  }

  set inherited(urgency: Urgency | null) {
    if (urgency !== null || this.#rare !== null) this.#rareFields().inherited = urgency;
  }

  // -- starting --

  /** Accepts the fiber: its limits count from here. Returns false when one of them has ended it already. */
  accept(): boolean {
    if (this.#rare !== null) this.#rare.limits?.submitted();
    if (this.state === 'complete') return false;
    this.host.counts.queued++;
    this.flags |= Flag.IsQueued;
    if (this.host.trace !== null) this.trace('queued');
    return true;
  }

  /** Notes the first step, and gives the call to be made in it. */
  start(): TaskCall {
    const { call, host } = this;
    if (call === null) throw new InternalError(`Expected an unstarted fiber to start, got ${this.name} in state ${this.state}`);
    this.#work = call.definition;
    this.flags |= Flag.HasStarted;
    host.counts.queued--;
    host.counts.started++;
    if (this.#rare !== null) this.#rare.limits?.started();
    if (host.trace !== null) this.trace('started');
    return call;
  }

  // -- parking and resuming --

  /** What it waits for, exactly while it is awaiting. */
  get waitingFor(): Wait | null {
    return this.state === 'awaiting' ? (this.value as Wait) : null;
  }

  /** Parks the fiber. Called by suspensions while the engine lets go of it. */
  wait(wait: Wait): void {
    this.state = 'awaiting';
    this.value = wait;
    const { trace, inheritance } = this.host;
    if (trace !== null) this.trace('awaiting');
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
    const gaveUpTurn = this.state === 'running';
    this.value = delivery;
    this.flags = deliversError ? this.flags | Flag.DeliversError : this.flags & ~Flag.DeliversError;
    if (host.inheritance !== null) {
      // It waits no more and is not in the queue yet, which gets to see its urgency once and for all.
      this.state = 'running';
      host.inheritance.resumed(this, waitingFor);
    }
    this.state = 'ready';
    if (host.trace !== null) this.trace(gaveUpTurn ? 'yielded' : 'ready');
    host.enqueue(this);
  }

  protected override expectJoin(fiber: Fiber): void {
    expectNoCircleOfJoins(fiber, this);
  }

  // -- ending --

  /** Ends the fiber with a value or an error. */
  settle(hasFailed: boolean, outcome: unknown): void {
    const isCancellation = this.#rare !== null && this.#endLimits(this.#rare, hasFailed, outcome);
    const value = isCancellation ? this.#cancellation : outcome;
    this.frame = null;
    this.body = null;
    this.#work = this.definition;
    this.#count(hasFailed, isCancellation);
    // Ordering: before those who wait for it are ready, so that causes are told before what they bring about.
    if (this.host.trace !== null) this.trace(isCancellation ? 'cancelled' : hasFailed ? 'failed' : 'completed', hasFailed ? textOf(value) : undefined);
    this.complete(hasFailed, value);
    if (this.isRoot) this.host.rootEnded(this);
    else this.leaveTree();
  }

  /** Ends what limits and cancels the fiber. Returns whether the outcome is the cancellation's, which has then all that went wrong besides. */
  #endLimits(rare: Rare, hasFailed: boolean, outcome: unknown): boolean {
    const cancelError = this.#cancellation;
    const isCancellation = hasFailed && cancelError !== null && isAbort(outcome);
    rare.wasCancelled = isCancellation && rare.timeout === null;
    rare.limits?.release();
    rare.interruptions?.endGrace();
    if (isCancellation) suppress(cancelError, suppressedOf(outcome));
    return isCancellation;
  }

  /** What a cancelled fiber ends with. */
  get #cancellation(): CancelledError | TaskTimeoutError | null {
    return this.#rare === null ? null : (this.#rare.timeout ?? this.#rare.cancelError);
  }

  #count(hasFailed: boolean, isCancellation: boolean): void {
    const { counts } = this.host;
    if (!this.hasStarted) {
      if ((this.flags & Flag.IsQueued) !== 0) counts.queued--;
    } else counts.started--;
    if (isCancellation) counts.cancelled++;
    else if (hasFailed) counts.failed++;
    else counts.completed++;
  }

  /** The error of the cancellation that the fiber was asked for, if it was. */
  get cancelError(): CancelledError | null {
    return this.#rare === null ? null : this.#rare.cancelError;
  }

  /** Whether the fiber was asked to stop. */
  get isCancelled(): boolean {
    return this.#rare !== null && this.#rare.cancelError !== null;
  }

  /** Whether the fiber ended as cancelled: not by a limit of its own, by another error, or with a value in spite of it. */
  get wasCancelled(): boolean {
    return this.#rare !== null && this.#rare.wasCancelled;
  }

  /** Whether the fiber was cancelled, and something else went wrong in what it did about that. */
  get hasFailedToCleanUp(): boolean {
    return this.hasFailed && !this.wasCancelled && this.#interruptions?.hasMet === true;
  }

  // -- cancelling --

  cancel(reason?: unknown): void {
    if (this.state === 'complete' || this.isCancelled) return;
    const rare = this.#rareFields();
    rare.cancelError = toCancelledError(reason);
    if (holds(() => reason instanceof TaskTimeoutError)) rare.timeout = reason as TaskTimeoutError;
    cancelTree(this);
  }

  /** The first half of a cancellation: tells all that hangs on the fiber. A fiber that has not started ends with it. */
  passOnCancellation(error: CancelledError): void {
    if (this.state === 'complete') return;
    if (this.remote !== null) {
      this.remote.cancel(error);
    } else if (this.hasStarted) {
      this.#rareFields().controller?.abort(error);
      for (const scope of this.scopesInside(null)) scope.passOn(error);
    } else {
      // Its scope may have been cancelled before it was ready.
      if ((this.flags & Flag.IsQueued) !== 0) this.host.dequeue(this);
      this.settle(true, error);
    }
  }

  /** Returns the scopes inside `origin` that a cancellation from there reaches: not those that were opened to clean up after an earlier one. */
  scopesInside(origin: Scope | null): Scope[] {
    const cleaningUp = this.#interruptions?.cleaningUpInside(origin) ?? null;
    return scopesOutside(cleaningUp === null ? this.scope : cleaningUp.parent, origin);
  }

  /** The second half, once all that hangs on the fiber has been told. */
  meetCancellation(error: CancelledError): void {
    if (this.state !== 'complete' && this.remote === null) this.interrupt(error);
  }

  get #interruptions(): Interruptions | null {
    return this.#rare === null ? null : this.#rare.interruptions;
  }

  /**
   * Throws `error` into the fiber once: now if it is parked, else at its next suspension. After the host's grace period every
   * suspension throws. Inside a shield nothing is thrown, and no grace runs, until the shield ends. What else may hold it back is told
   * in `interruptions.ts`.
   *
   * @param scope where the interruption comes from, if not from the whole fiber: it is forgotten when this scope ends
   */
  interrupt(error: CancelledError, scope: Scope | null = null): void {
    const rare = this.#rareFields();
    rare.interruptions ??= new Interruptions(this);
    rare.interruptions.add(error, scope);
  }

  /** The grace period of `interruption` is over. */
  insist(interruption: Interruption): void {
    this.#interruptions?.insist(interruption);
  }

  /**
   * Forgets what interrupted the body of `scope` on behalf of it, because the body has ended: what follows goes on undisturbed.
   *
   * @returns whether there was such an interruption, and it was not overtaken by one from outside of the scope
   */
  endInterruptions(scope: Scope): boolean {
    return this.#interruptions?.end(scope) === true;
  }

  /** A shield has ended: what waited for that begins to count. */
  shieldEnded(): void {
    this.#interruptions?.shieldEnded();
  }

  /** Returns the error that a suspension about to begin must throw instead, if any. */
  takeInterrupt(): CancelledError | null {
    return this.#interruptions?.take() ?? null;
  }

  /**
   * Returns what is thrown when a wait that must be seen to its end has failed. An interrupt that has waited for that is over with
   * it, or it would be thrown into the `finally` blocks that `error` leads to.
   *
   * @param cameOfIt whether what was awaited is known to have failed because it was interrupted too
   */
  supersede(error: unknown, cameOfIt = false): unknown {
    const interruptions = this.#interruptions;
    return interruptions === null ? error : interruptions.supersede(error, cameOfIt);
  }

  /**
   * Passes on to children an interrupt that has to wait for them, or one that is thrown everywhere: those that were spawned since it
   * came have not been told.
   */
  urge(): void {
    this.#interruptions?.urge();
  }

  /** Whether a signal or a limit of time may cancel the fiber. */
  get hasLimits(): boolean {
    return this.#rare !== null && this.#rare.limits !== null;
  }

  /** Whether it is being cancelled, all of it or a part, so that its grace period may end what it waits for. */
  get isInterrupted(): boolean {
    return this.#interruptions?.isEmpty === false;
  }

  /** The error that every suspension throws once the grace period is over. */
  get insistence(): CancelledError | null {
    return this.#interruptions?.insistent?.error ?? null;
  }

  /** Whether an interrupt waits for the next suspension. */
  get hasInterrupt(): boolean {
    return this.#rare !== null && this.#rare.interruptions !== null && this.#rare.interruptions.due !== undefined;
  }

  /** Aborts when the fiber is cancelled. Made on first use. */
  get signal(): AbortSignal {
    const rare = this.#rareFields();
    if (rare.controller === null) {
      rare.controller = taskController(this.host);
      if (rare.cancelError !== null) rare.controller.abort(rare.cancelError);
    }
    return rare.controller.signal;
  }

  /** Counts the values that it has emitted and nobody has read. Made on first use. */
  get emitter(): Emitter {
    return (this.#rareFields().emitter ??= new Emitter());
  }

  #rareFields(): Rare {
    return (this.#rare ??= { cancelError: null, timeout: null, wasCancelled: false, remote: null, limits: null, interruptions: null, controller: null, emitter: null, inherited: null });
  }

  // -- telling --

  trace(type: TraceEventType, detail?: string): void {
    tell(this, type, detail);
  }
}
