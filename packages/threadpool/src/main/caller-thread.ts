/**
 * Runs calls on the thread that submits them, for `whenFull: 'run-in-caller'`: as an agent does on its thread, under a multiplexer
 * of its own, so that nested calls, errors, limits and cancellation are the same. Arguments and results are copied as if they
 * travelled: a task must not find out by a shared object that the pool was busy.
 */

import { TaskCall, Fiber, type Host, isInput, movedParts, type OnTaken } from '@heddle/core/engine';
import type { TraceEventType } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { portableOptions } from '../protocol.ts';
import { findObstacle, serializationError } from '../serialization.ts';
import { addMoved, addTransfer } from '../transfer.ts';
import type { PoolTask } from './pool-task.ts';

export class CallerThread extends Multiplexer {
  /** Accepts a call. It does not start before the code that runs now has ended. */
  runTask(task: PoolTask): void {
    let fiber: CallerFiber;
    try {
      fiber = new CallerFiber(this, copyCall(task), task);
    } catch (error) {
      task.settle(true, error);
      return;
    }
    task.sentToCaller(fiber);
    if (fiber.accept()) this.enqueue(fiber);
  }

  override rootEnded(fiber: Fiber): void {
    if (fiber instanceof CallerFiber) fiber.tellEnd();
    else super.rootEnded(fiber);
  }
}

class CallerFiber extends Fiber {
  readonly #task: PoolTask;

  constructor(host: Host, call: TaskCall, task: PoolTask) {
    super(host, call, portableOptions(task.options) || undefined, null);
    this.#task = task;
  }

  override get id(): string {
    return this.#task.id;
  }

  override reportProgress(value: unknown, onTaken: OnTaken | null = null): void {
    let copy: unknown;
    try {
      copy = copyResult(value);
    } catch (cause) {
      throw serializationError(this.#task.name, 'progress', findObstacle('progress', value, cause, movedParts(value)), cause);
    }
    this.#task.reportProgress(copy, onTaken);
  }

  override trace(type: TraceEventType, detail?: string): void {
    // What happens to it before its first step, the pool tells.
    if (this.hasStarted) super.trace(type, detail);
  }

  tellEnd(): void {
    const { hasFailed, hasStarted, value } = this;
    if (hasFailed) this.#task.settle(true, value, hasStarted);
    else this.#settleWithCopy(value);
  }

  #settleWithCopy(value: unknown): void {
    let copy: unknown;
    try {
      copy = copyResult(value);
    } catch (cause) {
      const { name } = this.#task;
      this.#task.settle(true, serializationError(name, 'result', findObstacle('result', value, cause, movedParts(value))), true);
      return;
    }
    this.#task.settle(false, copy, true);
  }
}

/** @throws {SerializationError} when an argument cannot be copied */
function copyCall({ call, options, name }: PoolTask): TaskCall {
  const { args } = call;
  const transfer: Parameters<typeof addTransfer>[0] = [];
  try {
    addTransfer(transfer, options);
    // An input stays where it is, and is read from there.
    const copies = structuredClone(args.map((argument) => (isInput(argument) ? null : argument)), { transfer: transfer as ArrayBuffer[] });
    return TaskCall.of(call.definition, copies.map((copy, at) => (isInput(args[at]) ? args[at] : copy)));
  } catch (error) {
    throw serializationError(name, 'args', findObstacle('args', args, error, [...(options?.transfer ?? []), ...args.filter(isInput)]), error);
  }
}

/** @throws what the structured clone throws when it cannot be copied */
function copyResult(value: unknown): unknown {
  const transfer: Parameters<typeof addMoved>[0] = [];
  addMoved(transfer, value);
  return structuredClone(value, { transfer: transfer as ArrayBuffer[] });
}
