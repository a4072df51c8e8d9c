/**
 * Calls of one batch that are alike, as they came: same task, no options, nothing that must be watched before they begin. No fiber is
 * made of a call before its turn, because a thousand that wait would be a thousand objects to keep and to collect.
 */

import { contextHere, TaskCall, type CarriedContext, type TaskDefinition } from '@heddle/core/engine';
import type { QueuedTask } from '@heddle/multiplexer';
import type { AgentBatch, Cancellable } from './agent-batch.ts';
import { ItemFiber } from './item-fiber.ts';
import type { LikeCalls } from './read-items.ts';

export class ArrivedRun implements QueuedTask {
  readonly batch: AgentBatch;
  readonly definition: TaskDefinition;
  /** Whether its calls may run without a fiber. */
  readonly isPlain: boolean;
  readonly argc: number;
  /** What its calls carry: what was around when they came. */
  readonly context: CarriedContext;
  readonly #message: readonly unknown[];
  readonly #firstAt: number;
  /** Index of the next call. */
  #next = 0;
  /** Index after the last one. */
  #end: number;
  /** Calls that have ended without their turn. */
  #ended: Set<number> | null = null;

  private constructor(batch: AgentBatch, definition: TaskDefinition, context: CarriedContext, message: readonly unknown[], { firstAt, argc }: LikeCalls) {
    this.batch = batch;
    this.definition = definition;
    this.isPlain = !definition.isCoroutine && !definition.isAsync && definition.machine === null;
    this.context = context;
    this.argc = argc;
    this.#message = message;
    this.#firstAt = firstAt;
    this.#end = batch.size;
  }

  /** Makes a run of all calls of a batch; `null` where each of them needs a fiber of its own from the start. */
  static of(batch: AgentBatch, definition: TaskDefinition, message: readonly unknown[], like: LikeCalls): ArrivedRun | null {
    if (!isFree(definition)) return null;
    const context = contextHere(batch.agent.followsAsync);
    // Where stores are kept by each call for itself, no two calls may have the same.
    return context === contextHere(batch.agent.followsAsync) ? new ArrivedRun(batch, definition, context, message, like) : null;
  }

  // As what waits in a queue.
  readonly priority = 0;
  readonly deadline = undefined;
  readonly key = undefined;

  get name(): string {
    return this.definition.name;
  }

  /** How many calls wait; some of them may have ended. */
  get size(): number {
    return this.#end - this.#next;
  }

  /** Takes the next call that has not ended. @returns its index; -1 when there is none */
  take(): number {
    while (this.#next < this.#end) {
      const index = this.#next++;
      if (this.#ended === null || !this.#ended.has(index)) return index;
    }
    return -1;
  }

  /** One of the arguments of a call. */
  argument(index: number, at: number): unknown {
    return this.#message[this.#firstAt + index * this.argc + at];
  }

  args(index: number): unknown[] {
    const at = this.#firstAt + index * this.argc;
    return this.#message.slice(at, at + this.argc);
  }

  /** Makes the fiber of a call that was taken, and accepts it. */
  makeFiber(index: number): ItemFiber {
    const { batch } = this;
    const fiber = new ItemFiber(batch.agent, TaskCall.of(this.definition, this.args(index)), undefined, batch, index);
    fiber.context = this.context;
    batch.calls[index] = fiber;
    fiber.accept();
    return fiber;
  }

  /** A call that waits, as what can be cancelled; `null` where it does not wait any more. */
  waiting(index: number): Cancellable | null {
    if (index < this.#next || index >= this.#end || this.#ended?.has(index) === true) return null;
    return {
      cancel: (reason) => {
        (this.#ended ??= new Set()).add(index);
        this.batch.agent.refuse(this.batch, index, reason);
      },
    };
  }

  /** Drops the calls from an index on. @returns how many of them had not ended */
  cutFrom(index: number): number {
    const from = Math.max(index, this.#next);
    let dropped = Math.max(0, this.#end - from);
    for (const ended of this.#ended ?? []) if (ended >= from && ended < this.#end) dropped--;
    this.#end = Math.min(this.#end, from);
    return dropped;
  }
}

/** Whether nothing about a call of the task is to be watched before its turn. */
function isFree({ options }: TaskDefinition): boolean {
  return options === undefined || Object.keys(options).every((key) => key === 'idempotent');
}
