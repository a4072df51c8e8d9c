/**
 * Which task module this thread is loading. A module that makes a pool at its top level would make one on every thread that
 * imports it, without end; knowing that it is being loaded as a task module lets the pool refuse.
 */

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

/** Returns the URL of a task module that this thread is loading at the moment, if any. */
export function taskModuleBeingLoaded(): string | undefined {
  const loading = (globalThis as LoadingHost)[LOADING];
  return loading === undefined ? undefined : [...loading][0];
}
