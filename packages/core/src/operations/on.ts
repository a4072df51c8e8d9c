import type { Call } from '../call.ts';
import type { Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { operation, Waiting } from '../engine/wait.ts';
import type { Executor, NotInferred, TaskHandle } from '../executor.ts';
import { describe, type CallOptions } from '../options.ts';
import { isCall } from '../call.ts';

/**
 * Runs a call on another executor and comes back with its value: a hop to the thread pool for the part that computes, say.
 *
 * @remarks Cancellation is passed on, with its reason, and the call's end is awaited, so nothing is left running over there; after the
 * grace period the task goes on without.
 * @throws {TypeError} when an argument has the wrong type
 * @throws what the call has thrown, or the executor's error when it does not accept it
 * @example
 * ```ts
 * const thumbnail = yield* on(pool, resize(image, 200));
 * ```
 */
export function on<R, P extends boolean>(executor: Executor<P>, call: Call<R, NotInferred<P>>, options?: CallOptions): Operation<R> {
  if (typeof (executor as Partial<Executor> | null | undefined)?.submit !== 'function') {
    throw new TypeError(`Expected on(executor, call) with an executor, got ${describe(executor)}`);
  }
  if (!isCall(call)) throw new TypeError(`Expected on(executor, call) with a call, such as fib(30), got ${describe(call)}`);
  return operation(() => new On(() => executor.submit(call as Call<R, P>, options), call.task.name));
}

class On<R> extends Waiting<R> {
  readonly #submit: () => TaskHandle<R>;
  readonly #name: string;
  #handle: TaskHandle<R> | null = null;

  constructor(submit: () => TaskHandle<R>, name: string) {
    super();
    this.#submit = submit;
    this.#name = name;
  }

  describe(): string {
    return `task ${this.#name} on another executor`;
  }

  protected arm(_fiber: Fiber): void {
    let handle: TaskHandle<R>;
    try {
      handle = this.#handle = this.#submit();
    } catch (error) {
      this.fail(error);
      return;
    }
    handle.result.then(
      (value) => {
        this.succeed(value);
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  override withdraw(fiber: Fiber, isForced: boolean, error?: Error): boolean {
    this.#handle?.cancel(error);
    return isForced && super.withdraw(fiber, isForced, error);
  }

  protected disarm(): void {}
}
