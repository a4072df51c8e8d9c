/**
 * The trampoline: steps one fiber until it suspends, gives up its turn, or ends.
 *
 * Bodies live in two places. One that is running for the first time nests on the native stack above the body that awaits it
 * (`await-call.ts`); once it suspends, the whole nest unwinds and leaves a frame for each body, and from then on the loop here
 * resumes the innermost one and walks outwards. So an await that never suspends costs no trip through this loop, and a chain of
 * any depth never grows the native stack.
 */

import { InternalError } from '../errors.ts';
import { describe } from '../options.ts';
import { hasEntered, inContextOf } from './carried-context.ts';
import { Fiber } from './fiber.ts';
import { Frame, type FrameBody, type FrameStep } from './frame.ts';
import { Handle } from './handle.ts';
import { AsyncBody } from './plain-body.ts';
import { ScopeEnd } from './scope-end.ts';
import type { Scope } from './scope.ts';
import { spawnInto } from './spawn-into.ts';
import { engine, MAX_NATIVE_DEPTH, DEFAULT_FUEL } from './state.ts';
import { TaskCall } from './task-call.ts';
import type { Suspension } from './wait.ts';

/** Steps `fiber` once. Never throws: what the task throws becomes its outcome. */
export function step(fiber: Fiber): void {
  if (fiber.state !== 'ready') throw new InternalError(`Expected a ready fiber to step, got ${fiber.name} in state ${fiber.state}`);
  // Mostly the run loop has entered it: then this look is all that following costs.
  if (hasEntered(fiber.context.scope)) stepEntered(fiber);
  else inContextOf(fiber, stepEntered);
}

/** Steps a ready `fiber` once where the caller has entered what it carries, with `inContextOf`. Never throws. */
export function stepEntered(fiber: Fiber): void {
  if (engine.fiber !== null) {
    stepInside(fiber);
    return;
  }
  try {
    enter(fiber);
  } finally {
    leave();
  }
}

/** Steps `fiber` inside the step of another one: a task may drive another executor of the same thread to completion. */
function stepInside(fiber: Fiber): void {
  const { fiber: outerFiber, level, base, fuel, mustYield } = engine;
  try {
    enter(fiber);
  } finally {
    // Of the frames that a nest leaves on the heap there are none while it grows.
    Object.assign(engine, { fiber: outerFiber, level, base, fuel, mustYield, innermost: null, outermost: null });
  }
}

/** The fiber steps from here on. */
export function take(fiber: Fiber): void {
  engine.fiber = fiber;
  engine.fuel = fuelFor(fiber);
  engine.mustYield = false;
  fiber.state = 'running';
}

/** No fiber steps any more. */
export function leave(): void {
  engine.fiber = null;
  engine.innermost = null;
  engine.outermost = null;
}

function enter(fiber: Fiber): void {
  take(fiber);
  if (!fiber.hasStarted) stepOutermost(fiber, undefined, false, fiber.start());
  else resume(fiber);
}

function resume(fiber: Fiber): void {
  const { frame, value, deliversError } = fiber;
  fiber.value = undefined;
  if (fiber.host.trace !== null) fiber.trace('resumed');
  if (frame === null) {
    stepOutermost(fiber, value, deliversError, null);
    return;
  }
  fiber.frame = null;
  const isUnstarted = frame.body instanceof Unstarted && !deliversError;
  const { level } = fiber;
  resumeAt(level);
  let step: FrameStep | null = null;
  let thrown: unknown;
  try {
    step = deliver(fiber, frame, value, deliversError, isUnstarted ? (frame.body as Unstarted).call : null);
  } catch (error) {
    thrown = supersede(fiber, frame, error);
  }
  goOn(fiber, frame, level, step, thrown);
}

/**
 * Delivers `value` to the outermost body, or makes the `first` call. Most steps are like that, and what they come to needs no walk:
 * the body ends and owns nothing, or it waits for something by itself.
 */
export function stepOutermost(fiber: Fiber, value: unknown, isError: boolean, first: TaskCall | null): void {
  resumeAt(0);
  let step: FrameStep;
  try {
    step = deliver(fiber, null, value, isError, first);
  } catch (error) {
    goOn(fiber, null, 0, null, error);
    return;
  }
  if (engine.outermost !== null || fiber.isInterrupted) goOn(fiber, null, 0, step, undefined);
  else if (step.done === true) {
    if (fiber.ownsAny) goOn(fiber, null, 0, step, undefined);
    else fiber.settle(false, step.value);
  } else if (step instanceof TaskCall) goOn(fiber, null, 0, step, undefined);
  else park(fiber, step);
}

/** Ends a scope that has nothing left to wait for or to tell. Returns false for any other. */
export function endedAtOnce(scope: Scope): boolean {
  if (!scope.isQuiet) return false;
  scope.close();
  return true;
}

/** Holds the place of a body while the fiber gives up its turn before the call is made. */
class Unstarted implements FrameBody {
  readonly call: TaskCall | null;

  constructor(call: TaskCall | null) {
    this.call = call;
  }

  next(): never {
    throw new InternalError('Expected the engine to make an unstarted call, got a step of it');
  }

  throw(error: unknown): never {
    throw error;
  }
}

/** Of a frame whose call is about to be made. */
const NO_BODY = new Unstarted(null);

/** The body of `frame`, or the outermost one. */
function bodyOf(fiber: Fiber, frame: Frame | null): FrameBody {
  // Invariant: a fiber that steps has a body, from its first step on.
  return frame === null ? fiber.body! : frame.body;
}

function setBody(fiber: Fiber, frame: Frame | null, body: FrameBody): void {
  if (frame === null) fiber.body = body;
  else frame.body = body;
}

/**
 * Goes on from what a step of the innermost body came to. It is `depth` awaits away from the outermost one.
 *
 * @param first `null` where the body threw `error`
 */
export function goOn(fiber: Fiber, innermost: Frame | null, depth: number, first: FrameStep | null, error: unknown): void {
  let frame = innermost;
  let level = depth;
  let step = first;
  // What is to be delivered next, and the call that is to be made instead.
  let value = error;
  let hasFailed: boolean;
  let call: TaskCall | null;
  for (;;) {
    call = null;
    if (step === null || step.done === true) {
      hasFailed = step === null;
      if (step !== null) value = step.value;
      if (fiber.isOpenAt(level) && !endedAtOnce(fiber.scope!)) {
        setBody(fiber, frame, new ScopeEnd(fiber.scope!, hasFailed, value));
        value = undefined;
        hasFailed = false;
      } else {
        if (frame === null) {
          fiber.settle(hasFailed, value);
          return;
        }
        frame = frame.parent;
        level--;
        if (engine.fuel-- <= 0 && !refuel(fiber)) {
          giveUpTurn(fiber, frame, level, value, hasFailed);
          return;
        }
      }
    } else {
      if (engine.outermost !== null) {
        // Everything above `frame` has left its frame on the heap; the chain's outer end awaits in `frame`.
        engine.outermost.parent = frame;
        // Invariant: a chain has two ends.
        frame = engine.innermost!;
        level = engine.level;
      }
      hasFailed = fiber.hasInterrupt && !mustFinish(step);
      value = hasFailed ? fiber.takeInterrupt() : undefined;
      if (!hasFailed) {
        if (!(step instanceof TaskCall)) {
          suspend(fiber, frame, level, step);
          return;
        }
        // A call that did not start by itself: run it as a frame here, or as a fiber of its own.
        if (fiber.host.awaits === 'queue' || !step.isDirect) frame = new Frame(spawnInto(fiber, level, step), frame);
        else {
          frame = new Frame(NO_BODY, frame);
          call = step;
        }
        level++;
        if (engine.mustYield) {
          if (call !== null) frame.body = new Unstarted(call);
          giveUpTurn(fiber, frame, level, undefined, false);
          return;
        }
      }
    }
    resumeAt(level);
    try {
      step = deliver(fiber, frame, value, hasFailed, call);
    } catch (error) {
      step = null;
      value = supersede(fiber, frame, error);
    }
  }
}

/** Delivers `value` to the body of `frame` (`null`: the outermost one). Where a `call` is given, that is made instead, and its body takes the place of the frame's. */
function deliver(fiber: Fiber, frame: Frame | null, value: unknown, isError: boolean, call: TaskCall | null): FrameStep {
  if (call !== null) {
    const body = call.invoke();
    setBody(fiber, frame, body);
    return body.next();
  }
  return isError ? bodyOf(fiber, frame).throw(value) : bodyOf(fiber, frame).next(value);
}

/** What goes on outwards when the body of `frame` has thrown `error`. */
function supersede(fiber: Fiber, frame: Frame | null, error: unknown): unknown {
  return frame !== null && frame.body instanceof Fiber ? fiber.supersede(error, frame.body.hasFailedToCleanUp) : error;
}

/** Readies the engine for a step of the body at `level`, with nothing nested above it yet. */
export function resumeAt(level: number): void {
  engine.level = level;
  engine.base = level;
  engine.innermost = null;
  engine.outermost = null;
  engine.called = null;
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
  return engine.level - engine.base > MAX_NATIVE_DEPTH;
}

function giveUpTurn(fiber: Fiber, frame: Frame | null, level: number, value: unknown, hasFailed: boolean): void {
  fiber.frame = frame;
  fiber.level = level;
  if (hasFailed) fiber.resumeWithError(value);
  else fiber.resume(value);
}

function suspend(fiber: Fiber, frame: Frame | null, level: number, step: FrameStep): void {
  fiber.frame = frame;
  fiber.level = level;
  const { insistence } = fiber;
  if (insistence !== null && !(step instanceof ScopeEnd && !step.isDisposing)) {
    // Through the queue, not at once: a body that catches every error would keep the thread for ever.
    fiber.resumeWithError(insistence);
    return;
  }
  park(fiber, step);
}

function park(fiber: Fiber, step: FrameStep): void {
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
  let what = describe(value);
  if (value instanceof TaskCall) what = `a call of task ${value.definition.name}`;
  else if (value instanceof Handle) what = `the handle of task ${value.name}`;
  return new TypeError(`Expected task ${fiber.name} to await with \`yield*\` an operation, a call or a handle, got \`yield\` of ${what}`);
}
