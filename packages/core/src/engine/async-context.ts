/**
 * Which fiber an async body belongs to, after its first `await` has taken it off the engine's stack. Uses the host's
 * AsyncLocalStorage where there is one; elsewhere (browsers) `current()` works up to the first `await` only.
 */

import type { Fiber } from './fiber.ts';

/** The part of AsyncLocalStorage that is used here. */
interface ContextStore {
  getStore(): Fiber | undefined;
  run<R>(fiber: Fiber, body: () => R): R;
}

type BuiltinLoader = (name: string) => { AsyncLocalStorage: new () => ContextStore } | undefined;

let store: ContextStore | null | undefined;

/** Returns the storage, made on first use, or `null` where the host has none. */
export function contextStore(): ContextStore | null {
  if (store === undefined) {
    // Not an import: this package must load in browsers too.
    const host = globalThis as { process?: { getBuiltinModule?: BuiltinLoader } };
    const asyncHooks = host.process?.getBuiltinModule?.('node:async_hooks');
    store = asyncHooks === undefined ? null : new asyncHooks.AsyncLocalStorage();
  }
  return store;
}
