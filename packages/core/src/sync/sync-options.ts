/** What all primitives have in common: a name, and whether the outside world may wake those who wait. */

import { describe } from '../options.ts';

/** Options of every synchronisation primitive. */
export interface SyncOptions {
  /** Names the primitive in errors, traces and reports of deadlocks. @default none */
  readonly name?: string | undefined;
  /**
   * Whether code outside of tasks, or a task of another executor, may end a wait. Then the wait is no deadlock, however long it lasts.
   * If not, tasks that wait here in vain get a `DeadlockError` when the process has nothing else to do, or already when their executor
   * has, if its option `deadlocks` is `'idle'`. @default false
   */
  readonly external?: boolean | undefined;
}

/** A primitive's options, checked. */
export interface Identity {
  /** `mutex`, or `mutex jobs` when it has a name. */
  readonly label: string;
  readonly isExternal: boolean;
}

/** @throws {TypeError} when an option has the wrong type */
export function identify(kind: string, options: SyncOptions): Identity {
  if (typeof options !== 'object' || options === null) throw new TypeError(`Expected the options of a ${kind} to be an object, got ${describe(options)}`);
  const { name, external = false } = options;
  if (name !== undefined && typeof name !== 'string') throw new TypeError(`Expected \`name\` to be a string, got ${describe(name)}`);
  if (typeof external !== 'boolean') throw new TypeError(`Expected \`external\` to be a boolean, got ${describe(external)}`);
  return { label: name === undefined ? kind : `${kind} ${name}`, isExternal: external };
}
