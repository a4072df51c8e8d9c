/** The handle's half that faces those who wait for a task: its state, outcome, promise, progress and joining coroutines. */

import type { FrameStep } from './frame.ts';
import type { Coroutine } from '../coroutine.ts';
import type { Outcome, TaskHandle, TaskState } from '../executor.ts';
import { isCancelled } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { ProgressStream } from './progress-stream.ts';
import { engine } from './state.ts';
import { OPERATION, type Suspension, type Wait } from './wait.ts';

/** The resolvers of the promise that was made last. One function keeps them for all, so that a promise costs no closure of its own. */
let newestResolve: HandleExtra['resolve'] = null;
let newestReject: HandleExtra['reject'] = null;

function keepResolvers(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  newestResolve = resolve;
  newestReject = reject;
}

let nextId = 1;
let idPrefix = 'task-';

/** Sets what the ids of this thread's tasks begin with, so that ids are unique across the threads of a process. */
export function setTaskIdPrefix(prefix: string): void {
  idPrefix = prefix;
}

/** What a handle needs only once somebody asks for it. */
class HandleExtra {
  number = 0;
  progress: ProgressStream | null = null;
  /** The three are set together. */
  promise: Promise<unknown> | null = null;
  resolve: ((value: unknown) => void) | null = null;
  reject: ((error: unknown) => void) | null = null;
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
  /** The outcome's value or error, once complete. (Before that, what the next step of a fiber delivers.) */
  value: unknown = undefined;
  /** Booleans in one number, because there are as many handles as tasks: see {@link Flag}. */
  protected flags = 0;
  #joiners: Fiber | Fiber[] | null = null;
  #extra: HandleExtra | null = null;

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
    return `${idPrefix}${(this.#extraFields().number ||= nextId++)}`;
  }

  get outcome(): Outcome<unknown> | undefined {
    if (this.state !== 'complete') return undefined;
    return this.hasFailed ? { status: 'rejected', reason: this.value } : { status: 'fulfilled', value: this.value };
  }

  get result(): Promise<unknown> {
    this.flags |= Flag.IsObserved;
    const extra = this.#extraFields();
    if (extra.promise === null) {
      extra.promise = new Promise(keepResolvers);
      extra.resolve = newestResolve;
      extra.reject = newestReject;
      if (this.state === 'complete') this.#settleResult(extra);
    }
    return extra.promise;
  }

  #settleResult({ resolve, reject }: HandleExtra): void {
    if (this.hasFailed) reject?.(this.value);
    else resolve?.(this.value);
  }

  get progress(): AsyncIterable<unknown> {
    return (this.#extraFields().progress ??= new ProgressStream(this.state === 'complete'));
  }

  /** Hands a progress value to whoever iterates `progress`; dropped while nobody does. */
  reportProgress(value: unknown): void {
    this.#extra?.progress?.push(value);
  }

  #extraFields(): HandleExtra {
    return (this.#extra ??= new HandleExtra());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasObserved = this.isObserved;
    this.cancel();
    try {
      await this.result;
    } catch (error) {
      // A cancellation is what was asked for, and who asked for the outcome has it. Any other failure would be lost here.
      if (!wasObserved && !isCancelled(error)) throw error;
    }
  }

  /** Ends the task. The one place where a task settles. */
  protected complete(hasFailed: boolean, value: unknown): void {
    this.state = 'complete';
    if (hasFailed) this.flags |= Flag.HasFailed;
    this.value = value;
    this.#wakeJoiners();
    const extra = this.#extra;
    if (extra === null) return;
    extra.progress?.end();
    if (extra.promise !== null) this.#settleResult(extra);
  }

  // ── as an operand of `yield*` ──

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
    this.flags |= Flag.IsObserved;
    if (this.state !== 'complete') {
      if (engine.fiber === null) throw new TypeError(`Expected \`yield* handle\` inside a task that an executor runs; elsewhere await handle.result`);
      return this;
    }
    if (this.hasFailed) throw this.value;
    return { done: true, value: this.value };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: unknown): FrameStep {
    return { done: true, value };
  }

  /** Parks `fiber` until this task is complete. */
  park(fiber: Fiber): void {
    fiber.wait(this);
    if (this.#joiners === null) this.#joiners = fiber;
    else if (Array.isArray(this.#joiners)) this.#joiners.push(fiber);
    else this.#joiners = [this.#joiners, fiber];
  }

  // ── as what a parked fiber waits for ──

  get isExternal(): boolean {
    return false;
  }

  describe(): string {
    return `task ${this.name}`;
  }

  /** The fibers that are parked until this task is complete. */
  get joiners(): readonly Fiber[] {
    const joiners = this.#joiners;
    if (joiners === null) return [];
    return Array.isArray(joiners) ? joiners : [joiners];
  }

  withdraw(fiber: Fiber): boolean {
    if (Array.isArray(this.#joiners)) this.#joiners = this.#joiners.filter((joiner) => joiner !== fiber);
    else if (this.#joiners === fiber) this.#joiners = null;
    return true;
  }

  #wakeJoiners(): void {
    const joiners = this.#joiners;
    this.#joiners = null;
    if (joiners === null) return;
    if (Array.isArray(joiners)) for (const joiner of joiners) joiner.resume(undefined);
    else joiners.resume(undefined);
  }
}
