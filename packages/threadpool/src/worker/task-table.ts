/** The tasks that this thread has loaded, by id and by the index that the pool gave them. */

import { loadTask } from '@heddle/core';
import { splitTaskId, type TaskDefinition } from '@heddle/core/engine';
import { whileLoading } from './module-loading.ts';

export class TaskTable {
  readonly #ids: string[] = [];
  readonly #byIndex: (TaskDefinition | undefined)[] = [];
  readonly #byId = new Map<string, TaskDefinition>();

  define(index: number, taskId: string): void {
    this.#ids[index] = taskId;
  }

  idOf(index: number): string {
    // Invariant: the pool defines an index before it uses it, on the same port.
    return this.#ids[index]!;
  }

  /** Returns the task if it was loaded. One that is only registered may belong to a module that is still loading, or has failed. */
  get(index: number): TaskDefinition | undefined {
    return (this.#byIndex[index] ??= this.#byId.get(this.idOf(index)));
  }

  find(taskId: string): TaskDefinition | undefined {
    return this.#byId.get(taskId);
  }

  /** Imports the task's module. @throws {TaskNotFoundError} as a rejection */
  async load(taskId: string): Promise<TaskDefinition> {
    const definition = await whileLoading(splitTaskId(taskId).moduleUrl, () => loadTask(taskId));
    this.#byId.set(taskId, definition);
    return definition;
  }
}
