/** How plain and async bodies fit under the engine, which steps coroutines: each becomes a body that ends at its first or second step. */

import type { FrameBody, FrameStep } from './frame.ts';
import type { Fiber } from './fiber.ts';
import type { Suspension, Wait } from './wait.ts';

/** Makes a steppable body of what a plain or async function returned. */
export function toFrameBody(returned: unknown): FrameBody {
  if (isThenable(returned)) return new AsyncBody(returned);
  if (typeof returned === 'object' && Object.prototype.toString.call(returned) === '[object Generator]') return returned as FrameBody;
  return new ReturnedBody(returned);
}

/** Whether `value` is a promise, or behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

/** A plain function that has returned. */
export class ReturnedBody implements FrameBody {
  readonly #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  next(): FrameStep {
    return { done: true, value: this.#value };
  }
  throw(error: unknown): never {
    throw error;
  }
}

/**
 * An async function that is under way. It cannot be interrupted, only asked through its signal: so a cancelled task waits for
 * the function's own end, with its `finally` blocks, and is let go after the grace period.
 */
export class AsyncBody implements FrameBody, Suspension, Wait {
  readonly #promise: Promise<unknown>;
  #fiber: Fiber | null = null;
  #hasStarted = false;

  constructor(returned: PromiseLike<unknown>) {
    // A promise as it is; of anything else that has a `then`, one that settles once however that `then` behaves.
    this.#promise = Promise.resolve(returned);
  }

  get done(): false {
    return false;
  }

  get isExternal(): boolean {
    return true;
  }

  describe(): string {
    return 'its own async function';
  }

  next(value?: unknown): FrameStep {
    if (this.#hasStarted) return { done: true, value };
    this.#hasStarted = true;
    return this;
  }

  throw(error: unknown): never {
    // Let go before it parked: nobody will listen any more, and its failure is not a second one to report.
    if (this.#fiber === null) this.#promise.catch(() => {});
    throw error;
  }

  park(fiber: Fiber): void {
    this.#fiber = fiber;
    fiber.wait(this);
    this.#promise.then(
      (value) => {
        this.#fiber?.resume(value);
      },
      (error: unknown) => {
        this.#fiber?.resumeWithError(this.#fiber.supersede(error));
      },
    );
  }

  withdraw(_fiber: Fiber, isForced: boolean): boolean {
    if (isForced) this.#fiber = null;
    return isForced;
  }
}
