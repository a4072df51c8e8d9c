/**
 * Calls that have reached this thread and whose task is not loaded yet. They go on strictly in the order in which they came: one
 * that waits for its module holds back those behind it, because calls start in the order in which they were submitted.
 */

import type { TaskDefinition } from '@heddle/core/engine';
import type { TaskTable } from './task-table.ts';

/** A call that has arrived. */
export interface Arrival {
  readonly taskId: string;
  /** Its turn has come. */
  admit(definition: TaskDefinition): void;
  /** Its task cannot be had. */
  refuse(error: unknown): void;
}

interface Waiting {
  readonly arrival: Arrival;
  /** Goes on with the arrival; `null` while its module is loading. */
  proceed: (() => void) | null;
}

export class Arrivals {
  readonly #tasks: TaskTable;
  readonly #waiting: Waiting[] = [];

  constructor(tasks: TaskTable) {
    this.#tasks = tasks;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Admits the call at once if it can. */
  add(arrival: Arrival): void {
    const waiting: Waiting = { arrival, proceed: null };
    this.#waiting.push(waiting);
    const definition = this.#tasks.find(arrival.taskId);
    if (definition === undefined) void this.#load(waiting);
    else this.#settle(waiting, () => arrival.admit(definition));
  }

  /** Forgets a call that was cancelled. @returns whether it was waiting */
  withdraw(arrival: Arrival): boolean {
    const index = this.#waiting.findIndex((waiting) => waiting.arrival === arrival);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    this.#advance();
    return true;
  }

  async #load(waiting: Waiting): Promise<void> {
    const { arrival } = waiting;
    try {
      const definition = await this.#tasks.load(arrival.taskId);
      this.#settle(waiting, () => arrival.admit(definition));
    } catch (error) {
      this.#settle(waiting, () => arrival.refuse(error));
    }
  }

  #settle(waiting: Waiting, proceed: () => void): void {
    waiting.proceed = proceed;
    this.#advance();
  }

  #advance(): void {
    for (let first = this.#waiting[0]; first?.proceed != null; first = this.#waiting[0]) {
      this.#waiting.shift();
      first.proceed();
    }
  }
}
