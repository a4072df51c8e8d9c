/**
 * Finds tasks of which the data costs more to copy than the task takes to run, so that the pool can say so once.
 *
 * Measured by message, not by call: the time that the sender takes to serialise it, against the time that the thread was occupied
 * by its calls. What the receiver takes to read it, about as long, comes on top.
 */

import type { TaskDefinition } from '@heddle/core/engine';

/** Below this a call's data is no matter, in microseconds: about what copying half a megabyte takes. */
export const LEAST_COPY_US = 500;

/** A task is reported after so many costly messages in a row: a single one may be the doing of a busy machine. */
const MESSAGES_IN_A_ROW = 3;

/** What a call of a task was found to cost. */
export interface CopyCost {
  readonly copyUs: number;
  readonly runUs: number;
}

export class CostlyCopies {
  /** Costly messages in a row. Tasks that were reported stay here for good. */
  readonly #inARow = new Map<TaskDefinition, number>();

  /**
   * Takes the measurement of a message that carried `count` calls or results of one task.
   *
   * @param us negative when the run time is not known
   * @returns what a call costs, when it is time to say so
   */
  measured(definition: TaskDefinition, count: number, copyUs: number, us: number): CopyCost | null {
    if (us < 0) return null;
    const cost = { copyUs: copyUs / count, runUs: us / count };
    const before = this.#inARow.get(definition);
    if (cost.copyUs < LEAST_COPY_US || cost.copyUs < cost.runUs) {
      if (before !== undefined && before < MESSAGES_IN_A_ROW) this.#inARow.delete(definition);
      return null;
    }
    const inARow = (before ?? 0) + 1;
    this.#inARow.set(definition, inARow);
    return inARow === MESSAGES_IN_A_ROW ? cost : null;
  }

  /** Whether a cheap measurement would be news. */
  get hasSuspects(): boolean {
    return this.#inARow.size > 0;
  }
}
