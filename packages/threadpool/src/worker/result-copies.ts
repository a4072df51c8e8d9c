/** Watches what sending results costs, message by message. */

import type { TaskDefinition } from '@heddle/core/engine';
import { CostlyCopies, LEAST_COPY_US, type CopyCost } from '../costly-copies.ts';
import { COUNT_AT, recordLength, ToPool } from '../protocol.ts';
import type { AgentBatch } from './agent-batch.ts';

/** A task of which results cost more to copy than to work out. */
export interface CostlyResults extends CopyCost {
  readonly definition: TaskDefinition;
}

export class ResultCopies {
  readonly #costly = new CostlyCopies();
  /** Batches that have ended since the last message. */
  #ended: AgentBatch[] = [];

  ended(batch: AgentBatch): void {
    this.#ended.push(batch);
  }

  /** A message was sent; that took `us` microseconds. @returns what there is to say of it */
  sent(records: readonly unknown[], us: number): CostlyResults | null {
    const batches = this.#ended;
    if (batches.length > 0) this.#ended = [];
    if (us < LEAST_COPY_US && !this.#costly.hasSuspects) return null;
    const definition = batches[0]?.definition;
    if (definition === undefined || batches.some((batch) => batch.definition !== definition || batch.runUs < 0)) return null;
    const results = countResults(records, batches);
    if (results === 0) return null;
    const runUs = batches.reduce((sum, batch) => sum + batch.runUs / batch.size, 0) / batches.length;
    const cost = this.#costly.measured(definition, results, us, runUs * results);
    return cost === null ? null : { definition, ...cost };
  }
}

/** How many results the message carries; 0 if not all are of these batches. */
function countResults(records: readonly unknown[], batches: readonly AgentBatch[]): number {
  const ids = new Set(batches.map(({ id }) => id));
  let results = 0;
  for (let at = 0; at < records.length; at += recordLength(records, at)) {
    if (records[at] !== ToPool.Done) continue;
    if (!ids.has(records[at + 1] as number)) return 0;
    results += records[at + COUNT_AT] as number;
  }
  return results;
}
