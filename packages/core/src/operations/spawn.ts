import type { FrameStep } from '../engine/frame.ts';
import type { Call } from '../call.ts';
import type { Coroutine, Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { TaskCall } from '../engine/task-call.ts';
import { spawnInto } from '../engine/spawn-into.ts';
import { engine } from '../engine/state.ts';
import { notInTask, OPERATION } from '../engine/wait.ts';
import type { TaskHandle } from '../executor.ts';
import { describe } from '../options.ts';

/**
 * Starts a call beside the current task and gives its handle at once. The call may run elsewhere, at the same time.
 *
 * The child belongs to the current task, which ends only when all its children have. Await the handle to get the child's
 * value or error; the error of a child that is never awaited fails the task at its end.
 *
 * @throws {TypeError} when `call` is no call
 * @example
 * ```ts
 * const left = yield* spawn(fib(n - 1));
 * const right = yield* fib(n - 2);
 * return (yield* left) + right;
 * ```
 */
export function spawn<R>(call: Call<R>): Operation<TaskHandle<R>> {
  if (!(call instanceof TaskCall)) throw new TypeError(`Expected spawn() of a call, such as spawn(fib(30)), got ${describe(call)}`);
  return new Spawn(call) as unknown as Operation<TaskHandle<R>>;
}

/** Its own iterator, and its own last step, which is the first: spawning never suspends. */
class Spawn implements FrameStep {
  readonly #call: TaskCall;
  /** The child that was spawned last. */
  value: Fiber | undefined = undefined;

  constructor(call: TaskCall) {
    this.#call = call;
  }

  get done(): true {
    return true;
  }

  get [OPERATION](): true {
    return true;
  }

  [Symbol.iterator](): Coroutine<unknown> {
    return this as unknown as Coroutine<unknown>;
  }

  next(): FrameStep {
    const { fiber, level } = engine;
    if (fiber === null) throw notInTask('spawn()');
    this.value = spawnInto(fiber, level, this.#call);
    return this;
  }
}
