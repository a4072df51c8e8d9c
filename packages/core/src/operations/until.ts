import type { Operation } from '../coroutine.ts';
import { operation, Waiting } from '../engine/wait.ts';
import { describe } from '../options.ts';

/**
 * Awaits a promise inside a task.
 *
 * @param start called when the await begins, with a signal that aborts when the await is cancelled, with the `CancelledError` as its
 * reason; returns the promise
 * @remarks Cancellation does not wait for the promise: the task goes on with `CancelledError` at once, the signal tells the
 * other side, and what the promise comes to is ignored.
 * @throws {TypeError} when `start` is no function
 * @example
 * ```ts
 * const response = yield* until((signal) => fetch(url, { signal }));
 * ```
 */
export function until<T>(start: (signal: AbortSignal) => PromiseLike<T> | T): Operation<T> {
  if (typeof start !== 'function') {
    throw new TypeError(`Expected until() of a function that returns a promise, such as until(() => promise), got ${describe(start)}`);
  }
  return operation(() => new Until(start));
}

class Until<T> extends Waiting<T> {
  readonly #start: (signal: AbortSignal) => PromiseLike<T> | T;
  readonly #controller = new AbortController();

  constructor(start: (signal: AbortSignal) => PromiseLike<T> | T) {
    super();
    this.#start = start;
  }

  describe(): string {
    return 'a promise';
  }

  protected arm(): void {
    // `async`, so that a `start` that throws is one more rejection.
    const started = (async () => await this.#start(this.#controller.signal))();
    started.then(
      (value) => {
        this.succeed(value);
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  protected disarm(error: Error | undefined): void {
    this.#controller.abort(error);
  }
}
