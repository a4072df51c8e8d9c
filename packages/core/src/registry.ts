/**
 * Where portable tasks are found by id. Importing a module registers its tasks, so whoever needs one imports its module.
 * Kept on `globalThis`, because two installed copies of this package must still see each other's tasks.
 */

import { TaskNotFoundError } from './errors.ts';
import { textOf } from './options.ts';
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

/**
 * Returns the task of this id once its module is loaded.
 *
 * @remarks A task that is registered is not enough: its module may still be under way in its top level, or have failed after it.
 * @throws {TaskNotFoundError} (as a rejection) when the module does not load, with the reason as `cause`, or does not define the task
 */
export async function loadTask(id: string): Promise<TaskDefinition> {
  const { moduleUrl, name } = splitTaskId(id);
  if (moduleUrl === '' || moduleUrl === 'local' || name === '') {
    throw new TaskNotFoundError(`Expected a task id of the form moduleUrl#name, got '${id}'`);
  }
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleUrl);
  } catch (cause) {
    throw new TaskNotFoundError(`Task '${name}' cannot be found: its module ${moduleUrl} failed to load (${textOf(cause)})`, { cause });
  }
  const loaded = findTask(id);
  if (loaded !== undefined) return loaded;
  throw new TaskNotFoundError(
    `Expected module ${moduleUrl} to define task '${name}', got ${listNames(moduleUrl)}. A portable task must be defined while its module loads`,
  );
}

function listNames(moduleUrl: string): string {
  const names = [...registry().keys()].filter((id) => id.startsWith(`${moduleUrl}#`)).map((id) => `'${splitTaskId(id).name}'`);
  return names.length === 0 ? 'no tasks at all' : `only ${names.join(', ')}`;
}
