/** The handle's half that faces those who wait for a task: its state, outcome, promise, progress and joining coroutines. */

import type { FrameStep } from './frame.ts';
import type { Coroutine } from '../coroutine.ts';
import type { Outcome, TaskHandle, TaskState } from '../executor.ts';
import type { Fiber } from './fiber.ts';
import { ProgressStream, type OnTaken } from './progress-stream.ts';
import { engine } from './state.ts';
import { isMereCancellation } from './suppress.ts';
import { OPERATION, type Suspension, type Wait } from './wait.ts';

/** Resolves a promise. */
type Resolve = (value: unknown) => void;

/** What resolves the promise that was made last. One function keeps it for all, so that a promise costs no closure of its own. */
let newestResolve: Resolve;

function keepResolve(resolve: Resolve): void {
  newestResolve = resolve;
}

/**
 * Rejects the promise that is resolved with it. So a promise that waits keeps alive one function instead of two, for ten thousand
 * tasks at once (bench `burst-10000`); a failure takes one more microtask.
 */
class Rejection {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being a thenable is what it is for
  then(_resolve: unknown, reject: (error: unknown) => void): void {
    reject(this.#error);
  }
}

let nextId = 1;
let idPrefix = 'task-';

/** Sets what the ids of this thread's tasks begin with, so that ids are unique across the threads of a process. */
export function setTaskIdPrefix(prefix: string): void {
  idPrefix = prefix;
}

/** All that may be attached to a task. */
class Attachments {
  /** What the id is made of; 0 before it is asked for. */
  number = 0;
  progress: ProgressStream | null = null;
  /** `handle.result`. */
  promise: Promise<unknown> | null = null;
  /** Resolve the promises that were made: `handle.result`, and that of `run`. */
  resolves: Resolve[] = [];
  joiners: Fiber[] = [];
}

/** Bits of {@link Handle.flags}. */
export const Flag = {
  HasFailed: 1,
  IsObserved: 2,
  /** The next step throws `value` instead of delivering it. */
  DeliversError: 4,
  /** The first step was made. */
  HasStarted: 8,
  /** `yieldNow` has given up the turn: the operation tells its second call from its first by it. */
  HasYielded: 16,
  /** The call must start on this thread although it is portable. */
  IsPinned: 32,
  /** `accept` counted it as queued. */
  IsQueued: 64,
  /** How many bits there are. Above them a fiber keeps a number. */
  Bits: 7,
} as const;

/**
 * A task that will settle exactly once. Base of {@link Fiber}, which an engine of this thread steps, and of the handles of
 * executors that run tasks elsewhere.
 *
 * As an iterator for `yield*` it holds no state of the awaiter, so any number of coroutines can await it at once: it parks
 * them while it is incomplete and answers with its own outcome afterwards.
 */
export abstract class Handle implements TaskHandle<unknown>, Suspension, Wait {
  state: TaskState = 'ready';
  /** The outcome's value or error, once complete. (Before that, what a fiber waits for, or what its next step delivers.) */
  value: unknown = undefined;
  /** Booleans in one number, because there are as many handles as tasks: see {@link Flag}. */
  protected flags = 0;
  /**
   * Who is told of the outcome. Mostly that is nobody, one coroutine, or one promise, and then it costs no object of its own, of
   * which there would be one for each task.
   */
  #audience: Fiber | Resolve | Attachments | null = null;

  abstract readonly name: string;
  abstract cancel(reason?: unknown): void;

  /** Invariant: meaningful once `state` is `complete`; then it tells `value` as an error from `value` as a result. */
  get hasFailed(): boolean {
    return (this.flags & Flag.HasFailed) !== 0;
  }

  /** Whether somebody awaits the outcome, so that a failure is not lost. */
  get isObserved(): boolean {
    return (this.flags & Flag.IsObserved) !== 0;
  }

  get id(): string {
    // Numbered on first use: most tasks are never asked for their id.
    return `${idPrefix}${(this.#attachments().number ||= nextId++)}`;
  }

  get outcome(): Outcome<unknown> | undefined {
    if (this.state !== 'complete') return undefined;
    return this.hasFailed ? { status: 'rejected', reason: this.value } : { status: 'fulfilled', value: this.value };
  }

  get result(): Promise<unknown> {
    this.flags |= Flag.IsObserved;
    const attachments = this.#attachments();
    if (attachments.promise === null) {
      attachments.promise = new Promise(keepResolve);
      if (this.state === 'complete') this.#settle(newestResolve);
      else attachments.resolves.push(newestResolve);
    }
    return attachments.promise;
  }

  /** Gives a promise of the outcome for one caller alone, which is cheaper than `result`: what `run` returns. */
  promise(): Promise<unknown> {
    if (this.#audience !== null || this.state === 'complete') return this.result;
    this.flags |= Flag.IsObserved;
    const promise = new Promise(keepResolve);
    this.#audience = newestResolve;
    return promise;
  }

  /** Whether a promise waits for the outcome, and with it perhaps code outside of tasks. */
  get hasPromise(): boolean {
    const audience = this.#audience;
    return typeof audience === 'function' || (audience instanceof Attachments && audience.resolves.length > 0);
  }

  #settle(resolve: Resolve): void {
    resolve(this.hasFailed ? new Rejection(this.value) : this.value);
  }

  get progress(): AsyncIterable<unknown> {
    return (this.#attachments().progress ??= new ProgressStream(this.state === 'complete'));
  }

  /**
   * Hands a progress value to whoever iterates `progress`; dropped while nobody does.
   *
   * @param onTaken called once the value was read or dropped
   */
  reportProgress(value: unknown, onTaken: OnTaken | null = null): void {
    const audience = this.#audience;
    if (audience instanceof Attachments && audience.progress !== null) audience.progress.push(value, onTaken);
    else onTaken?.();
  }

  #attachments(): Attachments {
    const audience = this.#audience;
    if (audience instanceof Attachments) return audience;
    const attachments = new Attachments();
    if (typeof audience === 'function') attachments.resolves.push(audience);
    else if (audience !== null) attachments.joiners.push(audience);
    this.#audience = attachments;
    return attachments;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasObserved = this.isObserved;
    this.cancel();
    try {
      await this.result;
    } catch (error) {
      // A cancellation is what was asked for, and who asked for the outcome has it. Any other failure would be lost here.
      if (!wasObserved && !isMereCancellation(error)) throw error;
    }
  }

  /** Ends the task. The one place where a task settles. */
  protected complete(hasFailed: boolean, value: unknown): void {
    this.state = 'complete';
    if (hasFailed) this.flags |= Flag.HasFailed;
    this.value = value;
    const audience = this.#audience;
    if (audience === null) return;
    if (audience instanceof Attachments) this.#tellAll(audience);
    else {
      this.#audience = null;
      if (typeof audience === 'function') this.#settle(audience);
      else audience.resume(undefined);
    }
  }

  #tellAll(attachments: Attachments): void {
    const { joiners, resolves, progress } = attachments;
    attachments.joiners = [];
    attachments.resolves = [];
    for (const joiner of joiners) joiner.resume(undefined);
    progress?.end();
    for (const resolve of resolves) this.#settle(resolve);
  }

  // -- as an operand of `yield*` --

  get [OPERATION](): true {
    return true;
  }

  get done(): false {
    return false;
  }

  [Symbol.iterator](): Coroutine<unknown> {
    return this as unknown as Coroutine<unknown>;
  }

  next(): FrameStep {
    if (this.state !== 'complete') {
      const { fiber } = engine;
      if (fiber === null) throw new TypeError(`Expected \`yield* handle\` inside a task that an executor runs; elsewhere await handle.result`);
      this.expectJoin(fiber);
      return this;
    }
    this.flags |= Flag.IsObserved;
    if (this.hasFailed) throw this.value;
    return { done: true, value: this.value };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: unknown): FrameStep {
    return { done: true, value };
  }

  /** Looks at `fiber`, which is about to wait for this task. @throws {DeadlockError} when it would wait for ever */
  protected expectJoin(_fiber: Fiber): void {}

  /** Parks `fiber` until this task is complete. */
  park(fiber: Fiber): void {
    this.flags |= Flag.IsObserved;
    fiber.wait(this);
    if (this.#audience === null) this.#audience = fiber;
    else this.#attachments().joiners.push(fiber);
  }

  // -- as what a parked fiber waits for --

  get isExternal(): boolean {
    return false;
  }

  describe(): string {
    return `task ${this.name}`;
  }

  /** The fibers that are parked until this task is complete. */
  get joiners(): readonly Fiber[] {
    const audience = this.#audience;
    if (audience instanceof Attachments) return audience.joiners;
    return audience === null || typeof audience === 'function' ? [] : [audience];
  }

  /** Lets go of a task that was spawned; the end of a call that runs as a task only for its awaiter's sake is waited for. */
  withdraw(fiber: Fiber): boolean {
    if (this.#isAwaitedBy(fiber)) return false;
    const audience = this.#audience;
    if (audience === fiber) this.#audience = null;
    else if (audience instanceof Attachments) audience.joiners = audience.joiners.filter((joiner) => joiner !== fiber);
    if (!this.#hasAudience) this.flags &= ~Flag.IsObserved;
    return true;
  }

  /** Whether the engine made a task of a call that `fiber` awaits (it has limits of its own, or awaits go by queue), and awaits it as its frame. */
  #isAwaitedBy(fiber: Fiber): boolean {
    return fiber.frame !== null && (fiber.frame.body as unknown) === this;
  }

  /** Whether somebody is left who will be told of the outcome. */
  get #hasAudience(): boolean {
    const audience = this.#audience;
    if (!(audience instanceof Attachments)) return audience !== null;
    return audience.joiners.length > 0 || audience.resolves.length > 0;
  }
}
