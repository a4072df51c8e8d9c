import type { FrameStep } from '../engine/frame.ts';
import type { Coroutine, Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { engine } from '../engine/state.ts';
import { notInTask, OPERATION } from '../engine/wait.ts';

/** Gives up the turn: the task goes to the back of its queue, and every other ready task may run first. */
export function yieldNow(): Operation<void> {
  return YIELD_NOW as unknown as Operation<void>;
}

const DONE: FrameStep = { done: true, value: undefined };

/** Stateless, so one object serves all: the fiber itself remembers that it has yielded. */
const YIELD_NOW = {
  [OPERATION]: true as const,
  done: false as const,
  [Symbol.iterator](): Coroutine<unknown> {
    return YIELD_NOW as unknown as Coroutine<unknown>;
  },
  next(): FrameStep {
    const { fiber } = engine;
    if (fiber === null) throw notInTask('yieldNow()');
    if (!fiber.hasYielded) return YIELD_NOW;
    fiber.hasYielded = false;
    return DONE;
  },
  throw(error: unknown): never {
    const { fiber } = engine;
    if (fiber !== null) fiber.hasYielded = false;
    throw error;
  },
  park(fiber: Fiber): void {
    fiber.hasYielded = true;
    fiber.resume(undefined);
  },
};
