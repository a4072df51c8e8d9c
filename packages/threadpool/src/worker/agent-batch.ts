/** A batch as the agent sees it: its calls, and how many of them still want the thread. */

import type { TaskDefinition } from '@heddle/core/engine';
import { itemsBetween } from '../occupancy-board.ts';
import type { Agent } from './agent.ts';
import type { ArrivedRun } from './arrived-run.ts';

/** So many results at most wait for a call that takes long, where one may. Not one, because each message costs as much as several short calls. */
const MOST_UNSENT = 4;

/** A call of a batch that has not ended: it waits for its module or its turn, or is a fiber. */
export interface Cancellable {
  cancel(reason: unknown): void;
}

export class AgentBatch {
  readonly id: number;
  readonly agent: Agent;
  readonly traceIds: readonly string[] | undefined;
  /** By index; `null` once ended, and where it waits in `run`. Without those at the end that the pool has taken back. */
  readonly calls: (Cancellable | null)[];
  /** All its calls, those aside that have had their turn, where nothing had to be made of them as they came. */
  run: ArrivedRun | null = null;
  /** Calls that have not ended. */
  remaining: number;
  /** Calls that wait for their module: they will want the thread. */
  waiting = 0;
  /** Whether a call had to wait for its module: then the time that the batch took says nothing about its calls. */
  hasWaited = false;
  /** Whether a later batch has ended first, so that the thread worked for both in the same time. */
  isMixed = false;
  isRetired = false;
  /** How long it has occupied the thread, in microseconds; negative if that says nothing of its calls. Set when it is retired. */
  runUs = -1;
  /** The task that all its calls are of, if they are of one, and it was loaded when they came. */
  definition: TaskDefinition | undefined = undefined;
  /** Whether a call may take so long that results must not wait for its end. */
  readonly isErratic: boolean;
  readonly #firstNumber: number;

  constructor(id: number, agent: Agent, size: number, firstNumber: number, traceIds: readonly string[] | undefined, isErratic: boolean) {
    this.id = id;
    this.agent = agent;
    this.traceIds = traceIds;
    this.isErratic = isErratic;
    // Not Array.from, which calls back for each.
    // oxlint-disable-next-line unicorn/no-new-array -- the length is what is meant
    this.calls = new Array<Cancellable | null>(size).fill(null);
    this.remaining = size;
    this.#firstNumber = firstNumber;
  }

  get size(): number {
    return this.calls.length;
  }

  /** The item's number on this thread; it wraps around. */
  numberOf(index: number): number {
    return (this.#firstNumber + index) | 0;
  }

  /** Whether a call of it has begun, of which the last one to do so on this thread had the number `begun`. */
  hasBegun(begun: number): boolean {
    return itemsBetween(this.#firstNumber, begun) >= 0;
  }

  /** A call that has not ended. */
  callAt(index: number): Cancellable | null {
    return this.calls[index] ?? this.run?.waiting(index) ?? null;
  }

  /** Tells the pool that a call begins. @returns false if something is to be done first; then it has not begun */
  begin(index: number): boolean {
    if (this.isErratic && index % MOST_UNSENT === 0) this.agent.settled();
    return this.agent.occupancy.begin(this.numberOf(index));
  }

  /** Takes the calls after the item of this number off the batch; each is cancelled with `reason`, unless nothing was made of it. */
  cutAfter(number: number, reason: unknown): void {
    const from = Math.max(0, itemsBetween(this.#firstNumber, number) + 1);
    // Last to first: so none of those that wait for a module is admitted because the one before it has gone.
    for (const call of this.calls.splice(from).toReversed()) call?.cancel(reason);
    const dropped = this.run === null ? 0 : this.run.cutFrom(from);
    if (dropped > 0) this.agent.haveEnded(this, dropped);
  }
}
