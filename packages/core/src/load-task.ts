/** How a thread or process that was sent a call comes by its task: by importing the module that the task's id names. */

import { TaskNotFoundError } from './errors.ts';
import { describe, textOf } from './options.ts';
import { findTask, registerTask, splitTaskId, taskNamesOf } from './registry.ts';
import { TaskDefinition, type TaskBody } from './task.ts';

/** Begins the name of a task that is a plain function which its module exports. */
const EXPORTED = 'exports.';

type Exports = Readonly<Record<string, unknown>>;

/** The id of a function that a module exports, as a task. */
export function exportedTaskId(moduleUrl: string, name: string): string {
  return `${moduleUrl}#${EXPORTED}${name}`;
}

/** Whether the id is that of a function that a module exports. */
export function isExportedTaskId(id: string): boolean {
  return splitTaskId(id).name.startsWith(EXPORTED);
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
  const exports = await importModule(moduleUrl, name);
  const loaded = findTask(id);
  if (loaded !== undefined) return loaded;
  if (name.startsWith(EXPORTED)) return defineExported(id, exports);
  const names = taskNamesOf(moduleUrl).map((other) => `'${other}'`);
  throw new TaskNotFoundError(
    `Expected module ${moduleUrl} to define task '${name}', got ${names.length === 0 ? 'no tasks at all' : `only ${names.join(', ')}`}. A portable task must be defined while its module loads`,
  );
}

async function importModule(moduleUrl: string, name: string): Promise<Exports> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleUrl)) as Exports;
  } catch (cause) {
    throw new TaskNotFoundError(`Task '${name}' cannot be found: its module ${moduleUrl} failed to load (${textOf(cause)})`, { cause });
  }
}

/** Makes a task of a function that the module exports. */
function defineExported(id: string, exports: Exports): TaskDefinition {
  const { moduleUrl, name: taskName } = splitTaskId(id);
  const name = taskName.slice(EXPORTED.length);
  const body = exportOf(exports, name);
  if (typeof body !== 'function') throw new TaskNotFoundError(`Expected module ${moduleUrl} to export a function '${name}', got ${describe(body)}`);
  const definition = new TaskDefinition(id, name, body as TaskBody, true, undefined);
  registerTask(definition);
  return definition;
}

function exportOf(exports: Exports, name: string): unknown {
  if (Object.hasOwn(exports, name)) return exports[name];
  // Of a CommonJS module Node finds only the names that it can see in the source; the default export has them all.
  const whole = exports['default'];
  return typeof whole === 'object' && whole !== null && Object.hasOwn(whole, name) ? (whole as Exports)[name] : undefined;
}
