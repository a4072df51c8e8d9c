/** The tasks that the pool has named by index, each found by importing its module when it is first needed. */

import { findTask, loadTask } from '@heddle/core';
import { splitTaskId, type TaskDefinition } from '@heddle/core/engine';
import { whileLoading } from './module-loading.ts';

export class TaskTable {
  readonly #ids: string[] = [];
  readonly #definitions: (TaskDefinition | undefined)[] = [];
  readonly #loading = new Map<string, Promise<TaskDefinition>>();

  define(index: number, taskId: string): void {
    this.#ids[index] = taskId;
  }

  /** Returns the task if its module is loaded. */
  get(index: number): TaskDefinition | undefined {
    const known = this.#definitions[index];
    if (known !== undefined) return known;
    const found = findTask(this.#idOf(index));
    // While its module is still loading a task may be there before what it uses is.
    if (found !== undefined && !this.#loading.has(found.id)) this.#definitions[index] = found;
    return this.#definitions[index];
  }

  /** Imports the task's module, once. @throws {TaskNotFoundError} as a rejection */
  load(index: number): Promise<TaskDefinition> {
    const id = this.#idOf(index);
    let loading = this.#loading.get(id);
    if (loading === undefined) {
      loading = whileLoading(splitTaskId(id).moduleUrl, () => loadTask(id)).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  #idOf(index: number): string {
    // Invariant: the pool defines an index before it uses it, on the same port.
    return this.#ids[index]!;
  }
}
