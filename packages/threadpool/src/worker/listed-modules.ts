/**
 * The modules that a pool lists as those which define its tasks. A thread imports them before anything else, and then finds tasks that
 * have the same name there although a bundler has moved them: the program's bundle and the bundle of its tasks are different modules,
 * so that the same task has a different id in each.
 */

import { TaskMismatchError, TaskNotFoundError } from '@heddle/core';
import { describe, isExportedTaskId, isRedefined, splitTaskId, tasksNamed, type TaskDefinition } from '@heddle/core/engine';
import { shapeOf } from '../task-shape.ts';
import { whileLoading } from './module-loading.ts';

const ADVICE = 'Give every task of a bundle a name of its own, and build the program and the modules in `modules` from the same source';

export class ListedModules {
  readonly #urls: readonly string[];
  readonly #programUrl: string | null;
  readonly #loaded: Promise<void>;

  /** @param programUrl the module that the process runs; `null` if that is not known */
  constructor(urls: readonly string[], programUrl: string | null) {
    this.#urls = urls;
    this.#programUrl = programUrl;
    this.#loaded = this.#load();
    // Told to every call that comes.
    this.#loaded.catch(() => {});
  }

  get isEmpty(): boolean {
    return this.#urls.length === 0;
  }

  async #load(): Promise<void> {
    for (const url of this.#urls) {
      try {
        // One after the other, as a program would import them.
        // oxlint-disable-next-line no-await-in-loop -- see above
        await whileLoading(url, () => import(url));
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : describe(cause);
        throw new TaskNotFoundError(`No task can be found: the module ${url}, which the pool lists in \`modules\`, failed to load (${why})`, { cause });
      }
    }
  }

  /**
   * Returns the task that has this name in the listed modules, or in what they import; `undefined` if there is none, and its own
   * module may be imported.
   *
   * @throws {TaskNotFoundError} as a rejection, when a listed module does not load, or the task is defined in the program itself only
   * @throws {TaskMismatchError} as a rejection, when it cannot be told which of several it is, or the one there is has other code
   */
  async find(taskId: string, shape: string): Promise<TaskDefinition | undefined> {
    await this.#loaded;
    const { moduleUrl, name } = splitTaskId(taskId);
    const namesakes = tasksNamed(name).filter(({ id }) => packageOf(id) === packageOf(moduleUrl) && !isExportedTaskId(id));
    const own = namesakes.filter(({ id }) => id === taskId);
    const [found, ...others] = own.length > 0 ? own : nearest(taskId, namesakes);
    if (found === undefined) return this.#refuseProgram(moduleUrl, name);
    if (others.length > 0 || isRedefined(found.id)) {
      const ids = namesakes.map(({ id }) => id).join(', ');
      throw new TaskMismatchError(`Expected one task '${name}' in the modules that the pool lists, got several (${ids}). ${ADVICE}`);
    }
    if (shape !== '' && shapeOf(found) !== shape) {
      throw new TaskMismatchError(`Expected task '${name}' of ${found.id} to be a ${shape} parameters as in ${moduleUrl}, got a ${shapeOf(found)}. ${ADVICE}`);
    }
    return found;
  }

  /** Importing the program itself would run it once more. */
  #refuseProgram(moduleUrl: string, name: string): undefined {
    if (moduleUrl !== this.#programUrl) return undefined;
    throw new TaskNotFoundError(
      `Expected the modules that the pool lists to define task '${name}' of the program ${moduleUrl}, got none in ${this.#urls.join(', ')}. Add the module that defines it to \`modules\``,
    );
  }
}

/** Those of which the module's path has the most in common with that of `taskId`, from its end. */
function nearest(taskId: string, tasks: readonly TaskDefinition[]): readonly TaskDefinition[] {
  const lengths = tasks.map(({ id }) => commonEnding(id, taskId));
  const longest = Math.max(...lengths);
  return tasks.filter((_, i) => lengths[i] === longest);
}

function commonEnding(one: string, other: string): number {
  const left = pathOf(one);
  const right = pathOf(other);
  let length = 0;
  while (length < Math.min(left.length, right.length) && left.at(-1 - length) === right.at(-1 - length)) length++;
  return length;
}

function pathOf(taskId: string): string[] {
  return splitTaskId(taskId).moduleUrl.split('/');
}

/** The installed package that a module belongs to; empty for the program's own. Tasks of different packages are never taken for each other. */
function packageOf(moduleUrl: string): string {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(moduleUrl)?.[1] ?? '';
}
