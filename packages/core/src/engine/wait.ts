/** The two halves of waiting: what a coroutine yields to the engine, and what a parked fiber waits for. */

import type { FrameStep } from './frame.ts';
import type { Coroutine, Operation } from '../coroutine.ts';
import { engine } from './state.ts';
import type { Fiber } from './fiber.ts';

/** What an operation's iterator yields when its coroutine must wait. The engine calls `park` once the native stack is unwound. */
export interface Suspension {
  /** Parks `fiber` with {@link Fiber.wait}, or resumes it at once with {@link Fiber.resume}. */
  park(fiber: Fiber): void;
}

/** What a parked fiber waits for. */
export interface Wait {
  /** Whether something outside the executor can end the wait (a timer, a promise), so that it is no deadlock. */
  readonly isExternal: boolean;
  /** Names it in reports: `sleep(100 ms)`, `task fib`. */
  describe(): string;
  /** Whether a timer ends an external wait for sure, so that nobody need look for what it is for. */
  readonly isTimed?: boolean;
  /**
   * Makes the wait forget `fiber`, because `error` is about to be thrown into it. `isForced` after the grace period.
   *
   * @returns false when the wait must be seen to its end; it then resumes the fiber by itself
   */
  withdraw(fiber: Fiber, isForced: boolean, error?: Error): boolean;
  /**
   * The fibers that must act before the wait can end, as far as that is known: who holds the lock. For the wait-for graph, and for
   * the inheritance of urgency.
   */
  holders?(): Iterable<Fiber>;
}

/**
 * Base of the operations that wait for something: one object a wait, made when `yield*` begins.
 * A subclass arms what will wake the fiber in `arm` and undoes that in `disarm`; it wakes it with `succeed` or `fail`.
 */
export abstract class Waiting<R> implements Suspension, Wait {
  #fiber: Fiber | null = null;
  #hasStarted = false;

  protected abstract arm(fiber: Fiber): void;
  /** `error` is why the wait is withdrawn. */
  protected abstract disarm(error: Error | undefined): void;
  abstract describe(): string;

  get isExternal(): boolean {
    return true;
  }

  // -- as an iterator for `yield*` --

  get done(): false {
    return false;
  }

  next(value?: unknown): FrameStep {
    if (this.#hasStarted) return { done: true, value };
    if (engine.fiber === null) throw notInTask(this.describe());
    this.#hasStarted = true;
    return this;
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: unknown): FrameStep {
    return { done: true, value };
  }

  // -- as a suspension and a wait --

  park(fiber: Fiber): void {
    this.#fiber = fiber;
    fiber.wait(this);
    this.arm(fiber);
  }

  withdraw(_fiber: Fiber, _isForced: boolean, error?: Error): boolean {
    this.#fiber = null;
    this.disarm(error);
    return true;
  }

  /** Wakes the fiber with a value. Ignored when the wait was withdrawn meanwhile. */
  protected succeed(value: R): void {
    const fiber = this.#fiber;
    this.#fiber = null;
    fiber?.resume(value);
  }

  /** Wakes the fiber with an error. Ignored when the wait was withdrawn meanwhile. */
  protected fail(error: unknown): void {
    const fiber = this.#fiber;
    this.#fiber = null;
    fiber?.resumeWithError(fiber.supersede(error));
  }
}

/** Marks operations, so that `all` can tell one from an iterable value such as an array. */
export const OPERATION: unique symbol = Symbol.for('heddle.operation');

/** Makes an operation of what builds its wait: the operation is inert and can be awaited any number of times. */
export function operation<R>(begin: () => Waiting<R> | Coroutine<R>): Operation<R> {
  return { [OPERATION]: true, [Symbol.iterator]: () => begin() as unknown as Coroutine<R> } as Operation<R>;
}

/** Whether `value` can be awaited with `yield*`. */
export function isOperation(value: unknown): value is Operation<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return OPERATION in value || Object.prototype.toString.call(value) === '[object Generator]';
}

/** The error for awaiting an operation where no task runs. */
export function notInTask(what: string): TypeError {
  return new TypeError(`Expected \`yield*\` of ${what} inside a task that an executor runs, got one outside of any task`);
}
