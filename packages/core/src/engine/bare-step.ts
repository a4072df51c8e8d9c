/**
 * Calls of plain functions that run *bare*: without a fiber, because most of them never look around, and making a fiber takes longer
 * than what a tiny call does (bench `burst-10000`). Its fiber is made at the moment when somebody asks who is running: `current()`,
 * a lock, a call that is submitted. From then on it is a fiber like any other. So is that of a call that returns a promise or a
 * generator, or throws.
 */

import type { Fiber } from './fiber.ts';
import type { FrameBody } from './frame.ts';
import { ReturnedBody, toFrameBody } from './plain-body.ts';
import { engine } from './state.ts';
import { goOn, leave, resumeAt, stepOutermost, take } from './step.ts';

/** A call that may run without a fiber: that of a plain function, with no limits, and nobody has its handle. */
export interface BareCall {
  /** Calls the function. */
  invoke(): unknown;
  /** Makes the fiber of the call, accepted and not started. */
  makeFiber(): Fiber;
  /** The call has returned this value, and no fiber was made of it. */
  returned(value: unknown): void;
}

let running: BareCall | null = null;
let revealed: Fiber | null = null;

function reveal(): Fiber {
  engine.reveal = null;
  // Invariant: asked only while a call runs bare.
  const fiber = running!.makeFiber();
  take(fiber);
  resumeAt(0);
  fiber.start();
  return (revealed = fiber);
}

/** Runs a call in the place of a fiber's first step, where no other fiber steps. Never throws. */
export function stepBare(call: BareCall): void {
  running = call;
  engine.reveal = reveal;
  let value: unknown;
  let body: FrameBody | null = null;
  let hasThrown = false;
  try {
    value = call.invoke();
    if (typeof value === 'object' || typeof value === 'function') body = toFrameBody(value);
  } catch (error) {
    hasThrown = true;
    value = error;
  }
  if (revealed === null && !hasThrown && (body === null || body instanceof ReturnedBody)) {
    engine.reveal = null;
    running = null;
    call.returned(value);
    return;
  }
  const fiber = revealed ?? reveal();
  revealed = null;
  running = null;
  try {
    if (hasThrown) goOn(fiber, null, 0, null, value);
    else {
      fiber.body = body ?? new ReturnedBody(value);
      stepOutermost(fiber, undefined, false, null);
    }
  } finally {
    leave();
  }
}
