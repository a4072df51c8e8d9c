/** What Node offers beyond the web's globals. Looked up and not imported: this package must load in browsers too. */

/** The part of Node's `process` that is used here. */
export interface HostProcess {
  getBuiltinModule?(name: string): unknown;
  emitWarning?(warning: Error): void;
  on(event: 'beforeExit', listener: () => void): void;
  off(event: 'beforeExit', listener: () => void): void;
}

/** Returns Node's `process`, or `undefined` on other hosts. */
export function hostProcess(): HostProcess | undefined {
  const { process } = globalThis as { process?: Partial<HostProcess> };
  return typeof process?.on === 'function' ? (process as HostProcess) : undefined;
}

/** Returns one of Node's built-in modules, or `undefined` where the host has none of this name. */
export function builtinModule<T>(name: string): T | undefined {
  return hostProcess()?.getBuiltinModule?.(name) as T | undefined;
}

/** Calls `callback` after the host's event loop has had a turn: all promises that were settled by then have been reacted to. */
export function requestHostTurn(callback: () => void): void {
  const { setImmediate, setTimeout } = globalThis as unknown as { setImmediate?: (callback: () => void) => void; setTimeout: (callback: () => void, ms: number) => void };
  if (setImmediate === undefined) setTimeout(callback, 0);
  else setImmediate(callback);
}
