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

/** Ids that were given to different tasks one after the other. */
const REDEFINED = Symbol.for('heddle.redefined-tasks.v1');

/** Makes a task findable by its id. A module that is loaded again (hot reload, a query string) replaces its earlier tasks. */
export function registerTask(definition: TaskDefinition): void {
  const tasks = registry();
  const earlier = tasks.get(definition.id);
  tasks.set(definition.id, definition);
  if (earlier === undefined || String(earlier.body) === String(definition.body)) return;
  const host = globalThis as { [REDEFINED]?: Set<string> };
  (host[REDEFINED] ??= new Set()).add(definition.id);
}

/**
 * Whether two tasks of different code were given this id. In a bundle that is how two modules with a task of the same name look; where
 * modules are loaded again, it is nothing to worry about.
 */
export function isRedefined(id: string): boolean {
  return (globalThis as { [REDEFINED]?: Set<string> })[REDEFINED]?.has(id) === true;
}

/** Every task of this name that is registered, whichever module it is of. */
export function tasksNamed(name: string): TaskDefinition[] {
  return [...registry().values()].filter((definition) => definition.name === name);
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
