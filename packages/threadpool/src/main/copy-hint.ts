/** Says once for each task that its data is in the way of running it on other threads: copying it costs more than the run, or it cannot be copied. */

import type { TaskDefinition } from '@heddle/core/engine';
import { CostlyCopies } from '../costly-copies.ts';
import type { Batch } from './batch.ts';

/** What is copied. */
export type CopiedData = 'arguments' | 'result';

const COSTLY = 'HEDDLE_COSTLY_COPY';
const IMMOVABLE = 'HEDDLE_CANNOT_MOVE';

const US_PER_MS = 1000;

/** Ids of the tasks of which each was said in this process. */
const told = new Set<string>();
const toldImmovable = new Set<string>();

/** Emits the process warning, unless it was emitted for this task before. */
export function tellCostlyCopy(taskId: string, data: CopiedData, copyMs: number, runMs: number): void {
  if (told.has(taskId)) return;
  told.add(taskId);
  const remedy =
    data === 'arguments'
      ? 'Move large buffers with the option `transfer`'
      : 'Return large buffers with moved(result, [buffer])';
  process.emitWarning(
    `Copying the ${data} of task ${taskId} to another thread takes ${copyMs.toFixed(1)} ms a call, and running it ${runMs.toFixed(1)} ms. ${remedy}, share memory in a SharedArrayBuffer, or run the task on this thread`,
    { code: COSTLY },
  );
}

/** Emits the process warning that spawned calls of the task stay on the thread of their parent, unless it was emitted for this task before. */
export function tellImmovable(taskId: string, why: string): void {
  if (toldImmovable.has(taskId)) return;
  toldImmovable.add(taskId);
  process.emitWarning(
    `Calls of task ${taskId} that tasks spawn run on the thread of their parent though others have nothing to do, because the arguments cannot be copied: ${why}. Pass data, or name what to load or open and do so in the task`,
    { code: IMMOVABLE },
  );
}

/** Watches what sending arguments costs. */
export class CopyHint {
  readonly #costly = new CostlyCopies();

  /** A batch no longer occupies its thread; it did so for `us` microseconds, negative if not known. */
  retired({ items, copyUs }: Batch, us: number): void {
    if (!this.#costly.isOfInterest(copyUs)) return;
    const definition = onlyTaskOf(items);
    if (definition === null) return;
    const cost = this.#costly.measured(definition, items.length, copyUs, us, () => items[0]?.call.args);
    if (cost !== null) tellCostlyCopy(definition.id, 'arguments', cost.copyUs / US_PER_MS, cost.runUs / US_PER_MS);
  }
}

/** The task that all calls are of; `null` if they are of several, or there are none. */
function onlyTaskOf(items: Batch['items']): TaskDefinition | null {
  const definition = items[0]?.call.definition;
  // All may have been taken back.
  if (definition === undefined) return null;
  return items.every(({ call }) => call.definition === definition) ? definition : null;
}
