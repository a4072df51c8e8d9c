/**
 * How `yield* call` begins: on the native stack, inside the step of the body that awaits.
 *
 * If the callee ends without suspending, so does the await, and nothing was put on the heap but the call and its generator. If it
 * suspends, what it waits for is passed out through the awaiting body, by the rules of `yield*`, and through that one's own
 * awaiter, to the engine; each leaves a frame on the heap on the way.
 */

import type { FrameBody, FrameStep } from './frame.ts';
import { Frame } from './frame.ts';
import { ScopeEnd } from './scope-end.ts';
import type { Fiber } from './fiber.ts';
import { engine } from './state.ts';
import { endedAtOnce, mustUnwind } from './step.ts';
import type { TaskCall } from './task-call.ts';
import { notInTask } from './wait.ts';

/**
 * The iterator of every await of a call. Without state of its own, so one object serves all: a first step finds its call in
 * `engine.called`; when the engine resumes the awaiting body there is none, and what it resumes with is the await's value.
 */
export const AWAIT: FrameBody & { return(value: unknown): FrameStep } = {
  next(value) {
    const call = engine.called;
    if (call === null) return { done: true, value };
    engine.called = null;
    return begin(call);
  },
  throw(error) {
    throw error;
  },
  return(value) {
    return { done: true, value };
  },
};

/** Begins to await `call` in the body that steps now. Gives what it came to, or what the body has to hand out to the engine. */
export function begin(call: TaskCall): FrameStep {
  const fiber = engine.stepping ?? engine.fiber;
  if (fiber === null) throw notInTask(`task ${call.definition.name}`);
  if ((engine.fuel-- <= 0 && mustUnwind()) || !call.isDirect) return call;
  const level = ++engine.level;
  let step: FrameStep;
  try {
    const body = call.invoke();
    step = body.next();
    if (step.done !== true) return leaveOnHeap(body, step);
  } catch (error) {
    if (fiber.isOpenAt(level)) return endBody(fiber, true, error);
    engine.level = level - 1;
    throw error;
  }
  if (fiber.isOpenAt(level)) return endBody(fiber, false, step.value);
  engine.level = level - 1;
  return step;
}

/** Keeps a body that has suspended. Innermost first: each finds the frame of the one that it awaits at the outer end of the chain. */
export function leaveOnHeap(body: FrameBody, step: FrameStep): FrameStep {
  const frame = new Frame(body, null);
  if (engine.outermost === null) engine.innermost = frame;
  else engine.outermost.parent = frame;
  engine.outermost = frame;
  return step;
}

/** Ends the body that has the innermost scope of `fiber`: the children go first, and may keep the await waiting. */
export function endBody(fiber: Fiber, hasFailed: boolean, outcome: unknown): FrameStep {
  // Invariant: the fiber is open at the level of that body.
  const scope = fiber.scope!;
  const { level } = scope;
  engine.level = level;
  if (endedAtOnce(scope)) {
    engine.level = level - 1;
    if (hasFailed) throw outcome;
    return { done: true, value: outcome };
  }
  const ending = new ScopeEnd(scope, hasFailed, outcome);
  try {
    const step = ending.next();
    if (step.done !== true) return leaveOnHeap(ending, step);
    engine.level = level - 1;
    return step;
  } catch (error) {
    engine.level = level - 1;
    throw error;
  }
}
