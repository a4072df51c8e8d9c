/** What the running task can ask about itself, in every kind of body. */

import type { Fiber } from './engine/fiber.ts';
import { currentFiber } from './engine/async-context.ts';
import type { Scope } from './engine/scope.ts';

/** The running task's own view of itself. */
export interface TaskContext {
  readonly id: string;
  readonly name: string;
  /**
   * Aborts when the task is cancelled. Pass it to what the task starts outside, such as `fetch`. A loop that never suspends sees
   * `signal.aborted` change at once on a thread pool; on an executor of one thread nobody could cancel the task meanwhile. What is
   * derived from the signal (`AbortSignal.any`) is told as soon as this one is looked at, or the loop ends.
   */
  readonly signal: AbortSignal;
  /**
   * The moment by which what runs here must have ended, in milliseconds since the epoch: the earliest `deadline` of the calls, and of the
   * `timeout` and `deadline` operations, that it runs inside of. `undefined` where there is none.
   */
  readonly deadline: number | undefined;
  /** Whether the task should make way: it was cancelled. For long plain loops that never suspend; on a thread pool it costs one atomic load. */
  shouldYield(): boolean;
  /** Reports progress to `handle.progress`. */
  progress(value: unknown): void;
}

/**
 * Returns the context of the task that calls it.
 *
 * @throws {TypeError} outside of a task
 */
export function current(): TaskContext {
  const fiber = currentFiber();
  if (fiber === null) throw new TypeError('Expected current() to be called inside a task that an executor runs, got a call outside of any task');
  return new FiberContext(fiber);
}

class FiberContext implements TaskContext {
  readonly #fiber: Fiber;
  /** The scope that was innermost when the context was asked for: what it tells of cancellation is about this place. */
  readonly #scope: Scope | null;

  constructor(fiber: Fiber) {
    this.#fiber = fiber;
    this.#scope = fiber.scope;
  }

  get id(): string {
    return this.#fiber.id;
  }

  get name(): string {
    return this.#fiber.name;
  }

  get signal(): AbortSignal {
    return this.#scope === null ? this.#fiber.signal : this.#scope.signal;
  }

  get deadline(): number | undefined {
    return (this.#scope ?? this.#fiber).heritage.deadline;
  }

  shouldYield(): boolean {
    const { pollCancellation } = this.#fiber.host;
    if (pollCancellation !== null) pollCancellation();
    return this.#scope === null ? this.#fiber.isCancelled : this.#scope.signal.aborted;
  }

  progress(value: unknown): void {
    this.#fiber.reportProgress(value);
  }
}
