/**
 * Where portable tasks are found by id. Importing a module registers its tasks, so whoever needs one imports its module.
 * Kept on `globalThis`, because two installed copies of this package must still see each other's tasks.
 */

import type { TaskDefinition } from './task.ts';

const REGISTRY = Symbol.for('heddle.tasks.v1');

type Registry = Map<string, TaskDefinition>;

function registry(): Registry {
  const host = globalThis as { [REGISTRY]?: Registry };
  return (host[REGISTRY] ??= new Map());
}

/** Makes a task findable by its id. A module that is loaded again (hot reload, a query string) replaces its earlier tasks. */
export function registerTask(definition: TaskDefinition): void {
  registry().set(definition.id, definition);
}

/** Returns the task of this id, or `undefined` while its module has not been imported on this thread. */
export function findTask(id: string): TaskDefinition | undefined {
  return registry().get(id);
}

/** Splits a task id into the URL of its module, empty when it has none, and its name there. */
export function splitTaskId(id: string): { moduleUrl: string; name: string } {
  const at = id.lastIndexOf('#');
  return { moduleUrl: id.slice(0, Math.max(0, at)), name: id.slice(at + 1) };
}

/** The names of the tasks that a module has defined so far. */
export function taskNamesOf(moduleUrl: string): string[] {
  return [...registry().keys()].map(splitTaskId).flatMap((id) => (id.moduleUrl === moduleUrl ? [id.name] : []));
}
