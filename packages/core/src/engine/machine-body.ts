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

/** A machine at work. It is its own final step, so that an await of it allocates nothing else. */
export class MachineBody implements FrameBody {
  // `declare`: a class field without initialiser would be written twice; there is one of these for each await.
  declare done: boolean;
  declare value: unknown;
  declare readonly machine: AnyMachine;
  declare readonly state: unknown;
  /** The machine in the same loop that awaits this one. Invariant: `null` outside of the loop. */
  declare awaiter: MachineBody | null;
  /** The operation that the machine waits for, unless it is a call. */
  declare operation: Coroutine<unknown> | null;

  constructor(machine: AnyMachine, state: unknown, awaiter: MachineBody | null) {
    this.done = false;
    this.value = undefined;
    this.machine = machine;
    this.state = state;
    this.awaiter = awaiter;
    this.operation = null;
  }

  next(resumed?: unknown): FrameStep {
    return this.#go(resumed, false);
  }

  throw(error: unknown): FrameStep {
    return this.#go(error, true);
  }

  /** Passes what the engine delivers through the operation under way, if there is one, and on to the machine. */
  #go(delivered: unknown, isError: boolean): FrameStep {
    const { operation } = this;
    if (operation === null) return drive(this, delivered, isError);
    let step: FrameStep;
    try {
      step = isError ? (operation.throw(delivered) as FrameStep) : (operation.next(delivered) as FrameStep);
    } catch (error) {
      this.operation = null;
      return drive(this, error, true);
    }
    if (step.done !== true) return step;
    this.operation = null;
    return drive(this, step.value, false);
  }

  /** Begins to await something that is no call of a machine. */
  begin(wanted: unknown): FrameStep {
    if (wanted instanceof TaskCall) return begin(wanted);
    if (!isOperation(wanted)) {
      throw new TypeError(`Expected the step of a machine to return an operation to await, or finish(value), got ${describe(wanted)}`);
    }
    const operation = wanted[Symbol.iterator]();
    const step = operation.next() as FrameStep;
    if (step.done !== true) this.operation = operation;
    return step;
  }
}

/** Delivers `delivered` to `outermost` and goes on until it has finished, or must wait. */
function drive(outermost: MachineBody, delivered: unknown, isError: boolean): FrameStep {
  let body = outermost;
  let value = delivered;
  let hasFailed = isError;
  for (;;) {
    let wanted: unknown;
    try {
      if (!hasFailed) wanted = body.machine.step(body.state, value);
      else if (body.machine.fail !== undefined) wanted = body.machine.fail(body.state, value);
      else throw value;
      hasFailed = false;
    } catch (error) {
      wanted = FINISHED;
      hasFailed = true;
      engine.finished = error;
    }
    if (wanted !== FINISHED) {
      try {
        if (wanted instanceof TaskCall && wanted.definition.machine !== null) {
          if (!canBegin(wanted)) return suspend(body, outermost, wanted);
          body = new MachineBody(wanted.definition.machine, wanted.apply(), body);
          engine.level++;
          value = undefined;
          continue;
        }
        const step = body.begin(wanted);
        if (step.done !== true) return suspend(body, outermost, step);
        value = step.value;
      } catch (error) {
        hasFailed = true;
        value = error;
      }
      continue;
    }
    value = engine.finished;
    engine.finished = undefined;
    // The machine has ended.
    if (body === outermost) return finishWith(body, hasFailed, value);
    const { awaiter } = body;
    // Invariant: only the outermost machine of a loop has no awaiter.
    const outer = awaiter!;
    const scope = engine.fiber?.scope;
    if (scope !== null && scope !== undefined && scope.level === engine.level) {
      // The children of the machine that has ended go first, and may keep the one that awaits it waiting.
      try {
        const step = endBody(scope, hasFailed, value);
        if (step.done !== true) return suspend(outer, outermost, step);
        value = step.value;
        hasFailed = false;
      } catch (error) {
        value = error;
        hasFailed = true;
      }
    } else {
      engine.level--;
    }
    body = outer;
  }
}

function canBegin(call: TaskCall): boolean {
  return (engine.fuel-- > 0 || !mustUnwind()) && call.isDirect;
}

/** Leaves a frame for each machine of the loop but the outermost one, which is left by whoever resumed it. */
function suspend(innermost: MachineBody, outermost: MachineBody, step: FrameStep): FrameStep {
  for (let body = innermost; body !== outermost; ) {
    const { awaiter } = body;
    body.awaiter = null;
    leaveOnHeap(body, step);
    // Invariant: only the outermost machine of a loop has no awaiter.
    body = awaiter!;
  }
  return step;
}

function finishWith(body: MachineBody, hasFailed: boolean, value: unknown): FrameStep {
  if (hasFailed) throw value;
  body.done = true;
  body.value = value;
  return body;
}
