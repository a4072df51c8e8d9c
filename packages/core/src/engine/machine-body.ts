/**
 * How state machines fit under the engine. Machines that await machines are linked to one another and run in one loop: neither
 * generators nor the native stack take part, which is what makes them cheap (bench `await-chain`). A nest that suspends leaves a
 * frame for each machine, as nested coroutines do.
 */

import type { Coroutine } from '../coroutine.ts';
import { FINISHED } from '../machine.ts';
import { describe } from '../options.ts';
import type { AnyMachine } from '../task.ts';
import { begin, endBody, leaveOnHeap } from './await-call.ts';
import type { FrameBody, FrameStep } from './frame.ts';
import { engine } from './state.ts';
import { mustUnwind } from './step.ts';
import { TaskCall } from './task-call.ts';
import { isOperation } from './wait.ts';

/** A machine at work that the engine resumes. It is its own final step, so that an await of it allocates nothing else. */
export class MachineBody implements FrameBody {
  done = false;
  value: unknown = undefined;
  readonly machine: AnyMachine;
  readonly state: unknown;
  /** The operation that the machine waits for, unless it is a call. */
  #operation: Coroutine<unknown> | null;

  constructor(machine: AnyMachine, state: unknown, operation: Coroutine<unknown> | null = null) {
    this.machine = machine;
    this.state = state;
    this.#operation = operation;
  }

  next(resumed?: unknown): FrameStep {
    return this.#go(resumed, false);
  }

  throw(error: unknown): FrameStep {
    return this.#go(error, true);
  }

  /** Passes what the engine delivers through the operation under way, if there is one, and on to the machine. */
  #go(delivered: unknown, isError: boolean): FrameStep {
    const operation = this.#operation;
    if (operation === null) return drive(this, delivered, isError);
    let step: FrameStep;
    try {
      step = isError ? (operation.throw(delivered) as FrameStep) : (operation.next(delivered) as FrameStep);
    } catch (error) {
      this.#operation = null;
      return drive(this, error, true);
    }
    if (step.done !== true) return step;
    this.#operation = null;
    return drive(this, step.value, false);
  }

  /** The machine waits for a call, or for `operation`. */
  waitFor(operation: Coroutine<unknown> | null): void {
    this.#operation = operation;
  }

  finish(hasFailed: boolean, outcome: unknown): FrameStep {
    if (hasFailed) throw outcome;
    this.done = true;
    this.value = outcome;
    return this;
  }
}

/** A machine that awaits another one in the same loop. There is one of these for each await, so it holds no more than it must. */
class Awaiter {
  // `declare`: a class field without initialiser would be written twice.
  declare readonly machine: AnyMachine;
  declare readonly state: unknown;
  /** `null`: this one is the machine that the engine has resumed. */
  declare readonly awaiter: Awaiter | null;

  constructor(machine: AnyMachine, state: unknown, awaiter: Awaiter | null) {
    this.machine = machine;
    this.state = state;
    this.awaiter = awaiter;
  }
}

/** Delivers `delivered` to `outermost` and goes on until it has finished, or must wait. */
function drive(outermost: MachineBody, delivered: unknown, isError: boolean): FrameStep {
  let { machine, state } = outermost;
  let awaiter: Awaiter | null = null;
  let value = delivered;
  let hasFailed = isError;
  for (;;) {
    let wanted: unknown;
    try {
      if (!hasFailed) wanted = machine.step(state, value);
      else if (machine.fail !== undefined) wanted = machine.fail(state, value);
      else throw value;
      hasFailed = false;
    } catch (error) {
      wanted = FINISHED;
      hasFailed = true;
      engine.finished = error;
    }
    if (wanted !== FINISHED) {
      try {
        const callee = wanted instanceof TaskCall ? wanted.directMachine : null;
        if (callee !== null) {
          const call = wanted as TaskCall;
          if (engine.fuel-- <= 0 && mustUnwind()) return suspend(outermost, machine, state, awaiter, call);
          const calleeState = call.stateOf(callee);
          awaiter = new Awaiter(machine, state, awaiter);
          machine = callee;
          state = calleeState;
          engine.level++;
          value = undefined;
          continue;
        }
        const operation = wanted instanceof TaskCall ? null : begun(wanted);
        const step = operation === null ? begin(wanted as TaskCall) : (operation.next() as FrameStep);
        if (step.done !== true) return suspend(outermost, machine, state, awaiter, step, operation);
        value = step.value;
      } catch (error) {
        hasFailed = true;
        value = error;
      }
      continue;
    }
    value = engine.finished;
    engine.finished = undefined;
    if (awaiter === null) return outermost.finish(hasFailed, value);
    ({ machine, state } = awaiter);
    const outer: Awaiter | null = awaiter.awaiter;
    // Invariant: a machine steps only while a fiber does.
    const fiber = engine.stepping!;
    if (fiber.isOpenAt(engine.level)) {
      // The children of the machine that has ended go first, and may keep the one that awaits it waiting.
      try {
        const step = endBody(fiber, hasFailed, value);
        if (step.done !== true) return suspend(outermost, machine, state, outer, step);
        value = step.value;
        hasFailed = false;
      } catch (error) {
        value = error;
        hasFailed = true;
      }
    } else {
      engine.level--;
    }
    awaiter = outer;
  }
}

/** Begins to await something that is no call. @throws {TypeError} when it cannot be awaited */
function begun(wanted: unknown): Coroutine<unknown> {
  if (isOperation(wanted)) return wanted[Symbol.iterator]();
  throw new TypeError(`Expected the step of a machine to return an operation to await, or finish(value), got ${describe(wanted)}`);
}

/**
 * Gives `step` to the engine, for which the machine that steps waits, by way of an `operation` if it is no call. Leaves a frame for
 * each machine of the loop but the outermost one, which is left by whoever resumed it.
 */
function suspend(
  outermost: MachineBody,
  machine: AnyMachine,
  state: unknown,
  awaiter: Awaiter | null,
  step: FrameStep,
  operation: Coroutine<unknown> | null = null,
): FrameStep {
  if (awaiter === null) {
    outermost.waitFor(operation);
    return step;
  }
  leaveOnHeap(new MachineBody(machine, state, operation), step);
  for (let outer = awaiter; outer.awaiter !== null; outer = outer.awaiter) leaveOnHeap(new MachineBody(outer.machine, outer.state), step);
  return step;
}
