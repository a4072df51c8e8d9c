/** A batch as the agent sees it: its calls, and how many of them still want the thread. */

import type { TaskDefinition } from '@heddle/core/engine';
import type { Agent } from './agent.ts';

/** A call of a batch that has not ended: it waits for its module, or is a fiber. */
export interface Cancellable {
  cancel(reason: unknown): void;
}

export class AgentBatch {
  readonly id: number;
  readonly agent: Agent;
  readonly traceIds: readonly string[] | undefined;
  /** By index; `null` once ended. */
  readonly calls: (Cancellable | null)[];
  /** Calls that have not ended. */
  remaining: number;
  /** Calls that wait for their module: they will want the thread. */
  waiting = 0;
  /** Whether a call had to wait for its module: then the time that the batch took says nothing about its calls. */
  hasWaited = false;
  isRetired = false;
  /** How long it has occupied the thread, in microseconds; negative if that says nothing of its calls. Set when it is retired. */
  runUs = -1;
  /** The task that all its calls are of, if they are of one, and it was loaded when they came. */
  readonly definition: TaskDefinition | undefined;
  readonly #firstNumber: number;

  constructor(id: number, agent: Agent, size: number, firstNumber: number, traceIds: readonly string[] | undefined, definition: TaskDefinition | undefined) {
    this.id = id;
    this.agent = agent;
    this.traceIds = traceIds;
    this.definition = definition;
    // Not Array.from, which calls back for each.
    // oxlint-disable-next-line unicorn/no-new-array -- the length is what is meant
    this.calls = new Array<Cancellable | null>(size).fill(null);
    this.remaining = size;
    this.#firstNumber = firstNumber;
  }

  get size(): number {
    return this.calls.length;
  }

  /** The item's number on this thread; it wraps around at 32 bits. */
  numberOf(index: number): number {
    return (this.#firstNumber + index) | 0;
  }
}
