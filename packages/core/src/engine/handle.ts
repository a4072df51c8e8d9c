/** The handle's half that faces those who wait for a task: its state, outcome, promise, progress and joining coroutines. */

import type { FrameStep } from './frame-body.ts';
import type { Coroutine } from '../coroutine.ts';
import type { Outcome, TaskHandle, TaskState } from '../executor.ts';
import { isCancelled } from '../errors.ts';
import type { Fiber } from './fiber.ts';
import { ProgressStream } from './progress-stream.ts';
import { engine } from './state.ts';
import { OPERATION, type Suspension, type Wait } from './wait.ts';

interface Resolvers {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function newResolvers(): Resolvers {
  let resolve!: Resolvers['resolve'];
  let reject!: Resolvers['reject'];
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

let nextId = 1;
let idPrefix = 'task-';

/** Sets what the ids of this thread's tasks begin with, so that ids are unique across the threads of a process. */
export function setTaskIdPrefix(prefix: string): void {
  idPrefix = prefix;
}

/**
 * A task that will settle exactly once. Base of {@link Fiber}, which an engine of this thread steps, and of the handles of
 * executors that run tasks elsewhere.
 *
 * As an iterator for `yield*` it holds no state of the awaiter, so any number of coroutines can await it at once: it parks
 * them while it is incomplete and answers with its own outcome afterwards.
 */
export abstract class Handle implements TaskHandle<unknown>, Suspension, Wait {
  state: TaskState = 'ready';
  /** Invariant: meaningful once `state` is `complete`; then it tells `value` as an error from `value` as a result. */
  hasFailed = false;
  /** The outcome's value or error, once complete. */
  value: unknown = undefined;
  /** Whether somebody awaits the outcome, so that a failure is not lost. */
  isObserved = false;
  #number = 0;
  #joiners: Fiber | Fiber[] | null = null;
  #resolvers: Resolvers | null = null;
  #progress: ProgressStream | null = null;

  abstract readonly name: string;
  abstract cancel(reason?: unknown): void;

  get id(): string {
    // Numbered on first use: most tasks are never asked for their id.
    return `${idPrefix}${(this.#number ||= nextId++)}`;
  }

  get outcome(): Outcome<unknown> | undefined {
    if (this.state !== 'complete') return undefined;
    return this.hasFailed ? { status: 'rejected', reason: this.value } : { status: 'fulfilled', value: this.value };
  }

  get result(): Promise<unknown> {
    this.isObserved = true;
    if (this.#resolvers === null) {
      this.#resolvers = newResolvers();
      if (this.state === 'complete') this.#settleResult(this.#resolvers);
    }
    return this.#resolvers.promise;
  }

  #settleResult({ resolve, reject }: Resolvers): void {
    if (this.hasFailed) reject(this.value);
    else resolve(this.value);
  }

  get progress(): AsyncIterable<unknown> {
    this.#progress ??= new ProgressStream(this.state === 'complete');
    return this.#progress;
  }

  /** Hands a progress value to whoever iterates `progress`; dropped while nobody does. */
  reportProgress(value: unknown): void {
    this.#progress?.push(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    try {
      await this.result;
    } catch (error) {
      // A cancellation is what was asked for; anything else would be lost here.
      if (!isCancelled(error)) throw error;
    }
  }

  /** Ends the task. The one place where a task settles. */
  protected complete(hasFailed: boolean, value: unknown): void {
    this.state = 'complete';
    this.hasFailed = hasFailed;
    this.value = value;
    this.#progress?.end();
    this.#wakeJoiners();
    if (this.#resolvers !== null) this.#settleResult(this.#resolvers);
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
    this.isObserved = true;
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
