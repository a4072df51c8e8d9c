/** Says once for each task that its data is in the way of running it on other threads: copying it costs more than the run, or it cannot be copied. */

import type { TaskDefinition } from '@heddle/core/engine';
import { CostlyCopies } from '../costly-copies.ts';
import type { Batch } from './batch.ts';

/** What is copied. */
export type CopiedData = 'arguments' | 'result';

const US_PER_MS = 1000;

/** The code of each warning, and the ids of the tasks of which it was emitted in this process. */
const told = { HEDDLE_COSTLY_COPY: new Set<string>(), HEDDLE_CANNOT_MOVE: new Set<string>() };

function tellOnce(code: keyof typeof told, taskId: string, message: string): void {
  if (told[code].has(taskId)) return;
  told[code].add(taskId);
  process.emitWarning(message, { code });
}

/** Emits the process warning that copying the data of a task costs more than running it, unless it was emitted for this task before. */
export function tellCostlyCopy(taskId: string, data: CopiedData, copyMs: number, runMs: number): void {
  const remedy =
    data === 'arguments'
      ? 'Move large buffers with the option `transfer`'
      : 'Return large buffers with moved(result, [buffer])';
  tellOnce(
    'HEDDLE_COSTLY_COPY',
    taskId,
    `Copying the ${data} of task ${taskId} to another thread takes ${copyMs.toFixed(1)} ms a call, and running it ${runMs.toFixed(1)} ms. ${remedy}, share memory in a SharedArrayBuffer, or run the task on this thread`,
  );
}

/** Emits the process warning that spawned calls of the task stay on the thread of their parent, unless it was emitted for this task before. */
export function tellImmovable(taskId: string, why: string): void {
  tellOnce(
    'HEDDLE_CANNOT_MOVE',
    taskId,
    `Calls of task ${taskId} that tasks spawn run on the thread of their parent though others have nothing to do, because the arguments cannot be copied: ${why}. Pass data, or name what to load or open and do so in the task`,
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
