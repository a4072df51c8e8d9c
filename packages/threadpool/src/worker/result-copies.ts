/** Watches what sending results costs, message by message. */

import type { TaskDefinition } from '@heddle/core/engine';
import { CostlyCopies, type CopyCost } from '../costly-copies.ts';
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
    if (!this.#costly.isOfInterest(us)) return null;
    const definition = batches[0]?.definition;
    if (definition === undefined || batches.some((batch) => batch.definition !== definition || batch.runUs < 0)) return null;
    const results = resultsOf(records, batches);
    if (results.length === 0) return null;
    const runUs = batches.reduce((sum, batch) => sum + batch.runUs / batch.size, 0) / batches.length;
    const cost = this.#costly.measured(definition, results.length, us, runUs * results.length, () => results[0]);
    return cost === null ? null : { definition, ...cost };
  }
}

/** The results that the message carries; none if not all are of these batches. */
function resultsOf(records: readonly unknown[], batches: readonly AgentBatch[]): readonly unknown[] {
  const ids = new Set(batches.map(({ id }) => id));
  const results: unknown[] = [];
  for (let at = 0; at < records.length; at += recordLength(records, at)) {
    if (records[at] !== ToPool.Done) continue;
    if (!ids.has(records[at + 1] as number)) return [];
    results.push(...records.slice(at + COUNT_AT + 1, at + recordLength(records, at)));
  }
  return results;
}
