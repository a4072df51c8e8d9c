/** A call of a batch that waits for its module, or behind one that does. */

import type { TaskDefinition } from '@heddle/core/engine';
import type { AgentBatch } from './agent-batch.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import type { Item } from './read-items.ts';

export class ItemArrival implements Arrival {
  readonly taskId: string;
  readonly #batch: AgentBatch;
  readonly #index: number;
  readonly #item: Item;
  readonly #arrivals: Arrivals;

  constructor(taskId: string, batch: AgentBatch, index: number, item: Item, arrivals: Arrivals) {
    this.taskId = taskId;
    this.#batch = batch;
    this.#index = index;
    this.#item = item;
    this.#arrivals = arrivals;
  }

  admit(definition: TaskDefinition): void {
    this.#batch.waiting--;
    this.#batch.agent.start(this.#batch, this.#index, definition, this.#item);
  }

  refuse(error: unknown): void {
    this.#batch.waiting--;
    this.#batch.agent.refuse(this.#batch, this.#index, error);
  }

  cancel(reason: unknown): void {
    this.#arrivals.withdraw(this);
    this.refuse(reason);
  }
}
