/**
 * The trampoline: steps one fiber until it suspends, gives up its turn, or ends.
 *
 * Frames live in two places. A body that is running for the first time nests on the native stack above the frame that awaited
 * it (`CallFrame.next`); once it suspends, the whole nest unwinds, each frame keeping its suspended body, and from then on the
 * loop here resumes the innermost one and walks outwards by parent pointers. So an await that never suspends costs no trip
 * through this loop, and a chain of any depth never grows the native stack.
 */

import type { FrameStep } from './frame-body.ts';
import { InternalError } from '../errors.ts';
import { describe } from '../options.ts';
import { CallFrame } from './call-frame.ts';
import { hasEntered, inContextOf } from './carried-context.ts';
import type { Fiber } from './fiber.ts';
import { AsyncBody } from './plain-body.ts';
import { ScopeEnd } from './scope-end.ts';
import { spawnInto } from './spawn-into.ts';
import { engine, MAX_NATIVE_DEPTH, DEFAULT_FUEL } from './state.ts';
import type { Suspension } from './wait.ts';

/** Steps `fiber` once. Never throws: what the task throws becomes its outcome. */
export function step(fiber: Fiber): void {
  if (fiber.state !== 'ready') throw new InternalError(`Expected a ready fiber to step, got ${fiber.name} in state ${fiber.state}`);
  // Mostly the run loop has entered it: then this look is all that following costs.
  if (hasEntered(fiber.context.scope)) stepHere(fiber);
  else inContextOf(fiber, stepHere);
}

function stepHere(fiber: Fiber): void {
  // A task may drive another executor of the same thread to completion inside its own step.
  const { fiber: outerFiber, frame: outerFrame, base: outerBase, fuel: outerFuel } = engine;
  engine.fiber = fiber;
  engine.fuel = fuelFor(fiber);
  engine.mustYield = false;
  fiber.state = 'running';
  try {
    if (fiber.hasStarted) resumeFrame(fiber);
    else startRoot(fiber);
  } finally {
    engine.fiber = outerFiber;
    engine.frame = outerFrame;
    engine.base = outerBase;
    engine.fuel = outerFuel;
  }
}

function startRoot(fiber: Fiber): void {
  const root = fiber.call.claim();
  fiber.start();
  root.parent = root;
  run(fiber, root, undefined, false);
}

function resumeFrame(fiber: Fiber): void {
  const { frame, delivery, deliversError } = fiber;
  if (frame === null) throw new InternalError(`Expected a started fiber to have a frame, got none for ${fiber.name}`);
  fiber.frame = null;
  fiber.delivery = undefined;
  if (fiber.host.trace !== null) fiber.trace('resumed');
  run(fiber, frame, delivery, deliversError);
}

/** Delivers `value` to `innermost` and goes on from there. */
function run(fiber: Fiber, innermost: CallFrame, delivered: unknown, isError: boolean): void {
  let frame = innermost;
  let value = delivered;
  let hasFailed = isError;
  for (;;) {
    engine.frame = frame;
    engine.base = frame;
    let step: FrameStep | null = null;
    try {
      if (frame.body === null) step = (frame.body = frame.invoke()).next();
      else step = hasFailed ? frame.body.throw(value) : frame.body.next(value);
    } catch (error) {
      value = error;
      hasFailed = true;
    }

    if (step === null || step.done === true) {
      if (step !== null) {
        value = step.value;
        hasFailed = false;
      }
      if (fiber.scope !== null && fiber.scope.frame === frame) {
        frame.body = new ScopeEnd(fiber.scope, hasFailed, value);
        value = undefined;
        hasFailed = false;
        continue;
      }
      const { parent } = frame;
      frame.body = null;
      if (parent === frame || parent === null) {
        frame.parent = null;
        fiber.settle(hasFailed, value);
        return;
      }
      frame = parent;
      if (engine.fuel-- <= 0 && !refuel(fiber)) {
        giveUpTurn(fiber, frame, value, hasFailed);
        return;
      }
      continue;
    }

    // Invariant: a suspended nest leaves `engine.frame` at its innermost frame.
    frame = engine.frame;
    value = undefined;
    hasFailed = false;
    if (fiber.hasInterrupt && !mustFinish(step)) {
      value = fiber.takeInterrupt();
      hasFailed = true;
      continue;
    }
    if (!(step instanceof CallFrame)) {
      suspend(fiber, frame, step);
      return;
    }
    // A call that did not start by itself: run it as a frame here, or as a fiber of its own.
    if (fiber.host.awaits === 'queue' || !step.isDirect) step.body = spawnInto(fiber, frame, step);
    step.parent = frame;
    frame = step;
    if (engine.mustYield) {
      giveUpTurn(fiber, frame, undefined, false);
      return;
    }
  }
}

/** Lets the host look at its clock. Returns false when the fiber must give up its turn. */
function refuel(fiber: Fiber): boolean {
  engine.fuel = fuelFor(fiber);
  return fiber.host.checkpoint();
}

/** No direct awaits at all where each one is to go through the queue. */
function fuelFor(fiber: Fiber): number {
  return fiber.host.awaits === 'frame' ? DEFAULT_FUEL : 0;
}

/** Whether the native nest must unwind to the engine before another call starts: too deep, interrupted, or out of budget. */
export function mustUnwind(): boolean {
  const fiber = engine.fiber;
  if (fiber === null || fiber.hasInterrupt || fiber.host.awaits === 'queue') return true;
  if (!refuel(fiber)) {
    engine.mustYield = true;
    return true;
  }
  let depth = 0;
  for (let frame = engine.frame; frame !== null && frame !== engine.base; frame = frame.parent) {
    if (++depth > MAX_NATIVE_DEPTH) return true;
  }
  return false;
}

function giveUpTurn(fiber: Fiber, frame: CallFrame, value: unknown, hasFailed: boolean): void {
  fiber.frame = frame;
  if (hasFailed) fiber.resumeWithError(value);
  else fiber.resume(value);
}

function suspend(fiber: Fiber, frame: CallFrame, step: FrameStep): void {
  fiber.frame = frame;
  const { insistence } = fiber;
  if (insistence !== null && !(step instanceof ScopeEnd)) {
    // Through the queue, not at once: a body that catches every error would keep the thread for ever.
    fiber.resumeWithError(insistence);
    return;
  }
  const suspension = step as unknown as Partial<Suspension>;
  if (typeof suspension.park === 'function') suspension.park(fiber);
  else fiber.resumeWithError(notAnOperation(fiber, step));
}

/** Whether the wait is for something that runs already and must be seen to its end, so that an interrupt waits with it. */
function mustFinish(step: FrameStep): boolean {
  return step instanceof ScopeEnd || step instanceof AsyncBody;
}

function notAnOperation(fiber: Fiber, yielded: unknown): TypeError {
  // A generator that yields by itself hands out `{ value, done: false }`; an operation hands out itself.
  const value = (yielded as { value?: unknown } | null)?.value;
  const what = value instanceof CallFrame ? `a call of task ${value.definition.name}` : describe(value);
  return new TypeError(`Expected task ${fiber.name} to await with \`yield*\` an operation, a call or a handle, got \`yield\` of ${what}`);
}
