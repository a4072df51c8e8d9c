/** The tasks that this thread has loaded, by id and by the index that the pool gave them. */

import { loadTask } from '@heddle/core';
import { isExportedTaskId, splitTaskId, type TaskDefinition } from '@heddle/core/engine';
import { ListedModules } from './listed-modules.ts';
import { whileLoading } from './module-loading.ts';

export class TaskTable {
  readonly #ids: string[] = [];
  readonly #byIndex: (TaskDefinition | undefined)[] = [];
  readonly #byId = new Map<string, TaskDefinition>();
  /** What their code looks like to the pool, by id. */
  readonly #shapes = new Map<string, string>();
  readonly #listed: ListedModules;

  /**
   * @param modules URLs of modules to import before any other, and to look for tasks in
   * @param programUrl the module that the process runs; `null` if that is not known
   */
  constructor(modules: readonly string[], programUrl: string | null) {
    this.#listed = new ListedModules(modules, programUrl);
  }

  define(index: number, taskId: string, shape: string): void {
    this.#ids[index] = taskId;
    this.#shapes.set(taskId, shape);
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

  /** Imports the task's module. @throws {TaskNotFoundError} and {TaskMismatchError} as a rejection */
  async load(taskId: string): Promise<TaskDefinition> {
    const definition = (await this.#findListed(taskId)) ?? (await whileLoading(splitTaskId(taskId).moduleUrl, () => loadTask(taskId)));
    this.#byId.set(taskId, definition);
    return definition;
  }

  async #findListed(taskId: string): Promise<TaskDefinition | undefined> {
    if (this.#listed.isEmpty || isExportedTaskId(taskId)) return undefined;
    return await this.#listed.find(taskId, this.#shapes.get(taskId) ?? '');
  }
}
