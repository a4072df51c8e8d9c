/** The tasks that this thread has loaded, by id and by the index that the pool gave them. */

import { loadTask, systemClock, TaskNotFoundError } from '@heddle/core';
import { isExportedTaskId, splitTaskId, type TaskDefinition } from '@heddle/core/engine';
import type { AgentConfig } from '../protocol.ts';
import { ListedModules } from './listed-modules.ts';
import { whileLoading } from './module-loading.ts';

export class TaskTable {
  readonly #ids: string[] = [];
  readonly #byIndex: (TaskDefinition | undefined)[] = [];
  readonly #byId = new Map<string, TaskDefinition>();
  /** What their code looks like to the pool, by id. */
  readonly #shapes = new Map<string, string>();
  readonly #listed: ListedModules;
  readonly #loadTimeoutMs: number;
  /** What calls fail with, by the URL of a module that loads for too long and has not ended. */
  readonly #overdue = new Map<string, TaskNotFoundError>();

  constructor({ modules, programUrl, loadTimeoutMs }: Pick<AgentConfig, 'modules' | 'programUrl' | 'loadTimeoutMs'>) {
    this.#listed = new ListedModules(modules, programUrl);
    this.#loadTimeoutMs = loadTimeoutMs;
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
    const { moduleUrl } = splitTaskId(taskId);
    const overdue = this.#overdue.get(moduleUrl);
    if (overdue !== undefined) throw overdue;
    const definition = await this.#inTime(moduleUrl, this.#import(taskId, moduleUrl));
    this.#byId.set(taskId, definition);
    return definition;
  }

  async #import(taskId: string, moduleUrl: string): Promise<TaskDefinition> {
    return (await this.#findListed(taskId)) ?? (await whileLoading(moduleUrl, () => loadTask(taskId)));
  }

  /** What comes later is not lost: calls that are made after that find the task. */
  #inTime<R>(moduleUrl: string, loading: Promise<R>): Promise<R> {
    const limitMs = this.#loadTimeoutMs;
    if (limitMs === Infinity) return loading;
    return new Promise((resolve, reject) => {
      const cancelTimer = systemClock.setTimer(() => {
        const error = new TaskNotFoundError(`Expected the module ${moduleUrl} to load within ${limitMs} ms (\`loadTimeoutMs\`), got neither its tasks nor an error`);
        this.#overdue.set(moduleUrl, error);
        reject(error);
      }, limitMs);
      const ended = (): void => {
        cancelTimer();
        this.#overdue.delete(moduleUrl);
      };
      loading.finally(ended).then(resolve, reject);
    });
  }

  async #findListed(taskId: string): Promise<TaskDefinition | undefined> {
    if (this.#listed.isEmpty || isExportedTaskId(taskId)) return undefined;
    return await this.#listed.find(taskId, this.#shapes.get(taskId) ?? '');
  }
}
