/** A call of a batch that waits for its module, or behind one that does. */

import { TaskCall, type TaskDefinition } from '@heddle/core/engine';
import { closeInputs } from '../input-ports.ts';
import type { PortableOptions } from '../protocol.ts';
import type { AgentBatch } from './agent-batch.ts';
import type { Arrival, Arrivals } from './arrivals.ts';

/** What the call was given. */
interface Given {
  readonly options: PortableOptions | undefined;
  readonly args: readonly unknown[];
}

export class ItemArrival implements Arrival {
  readonly taskId: string;
  readonly batch: AgentBatch;
  readonly index: number;
  readonly #given: Given;
  readonly #arrivals: Arrivals;

  constructor(taskId: string, batch: AgentBatch, index: number, given: Given, arrivals: Arrivals) {
    this.taskId = taskId;
    this.batch = batch;
    this.index = index;
    this.#given = given;
    this.#arrivals = arrivals;
  }

  admit(definition: TaskDefinition): void {
    const { options, args } = this.#given;
    this.batch.waiting--;
    this.batch.agent.start(this.batch, this.index, TaskCall.of(definition, args), options);
  }

  refuse(error: unknown): void {
    closeInputs(this.#given.args);
    this.batch.waiting--;
    this.batch.agent.refuse(this.batch, this.index, error);
  }

  cancel(reason: unknown): void {
    this.#arrivals.withdraw(this);
    this.refuse(reason);
  }
}
