/**
 * Which fiber an async body belongs to, after its first `await` has taken it off the engine's stack. Uses the host's
 * AsyncLocalStorage where there is one; elsewhere (browsers) `current()` works up to the first `await` only.
 */

import type { Fiber } from './fiber.ts';
import { builtinModule } from './host-builtins.ts';
import { engine } from './state.ts';

/** The part of AsyncLocalStorage that is used here. */
interface ContextStore {
  getStore(): Fiber | undefined;
  run<R>(fiber: Fiber, body: () => R): R;
}

let store: ContextStore | null | undefined;

/** Returns the storage, made on first use, or `null` where the host has none. */
export function contextStore(): ContextStore | null {
  if (store === undefined) {
    const asyncHooks = builtinModule<{ AsyncLocalStorage: new () => ContextStore }>('node:async_hooks');
    store = asyncHooks === undefined ? null : new asyncHooks.AsyncLocalStorage();
  }
  return store;
}

/** Returns the fiber in whose body the caller is, in every kind of body; `null` outside of all. */
export function currentFiber(): Fiber | null {
  if (engine.fiber !== null) return engine.fiber;
  // Not made yet means that no async body has run.
  return store?.getStore() ?? null;
}
