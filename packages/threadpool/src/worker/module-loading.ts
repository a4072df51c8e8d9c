/**
 * Which task module this thread is loading. A module that makes a pool at its top level would make one on every thread that
 * imports it, without end; knowing that it is being loaded as a task module lets the pool refuse.
 */

import { current } from '@heddle/core';

const LOADING = Symbol.for('heddle.loading-task-module');

interface LoadingHost {
  [LOADING]?: Set<string> | undefined;
}

/** Runs `load` while `moduleUrl` counts as being loaded. */
export async function whileLoading<R>(moduleUrl: string, load: () => Promise<R>): Promise<R> {
  const loading = ((globalThis as LoadingHost)[LOADING] ??= new Set());
  loading.add(moduleUrl);
  try {
    return await load();
  } finally {
    loading.delete(moduleUrl);
  }
}

/**
 * Refuses to make a pool while this thread loads a task module, unless a task makes it, which is not the module's doing.
 *
 * @throws {TypeError} while it does
 */
export function refuseWhileModuleLoads(): void {
  const [moduleUrl] = (globalThis as LoadingHost)[LOADING]?.values() ?? [];
  if (moduleUrl === undefined || isInTask()) return;
  throw new TypeError(
    `Expected the task module ${moduleUrl} to define tasks only, got a ThreadPool made while it loads on a worker thread. Make pools in another module, or behind a check of isMainThread`,
  );
}

function isInTask(): boolean {
  try {
    current();
    return true;
  } catch {
    return false;
  }
}
