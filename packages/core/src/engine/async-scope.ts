/**
 * The stores of all AsyncLocalStorage instances at one moment, and a way to run code under them: an AsyncResource, which
 * is what `AsyncLocalStorage.snapshot()` is made of (12 ns to make and 15 ns to enter, where a snapshot takes 3,000 and 100).
 *
 * Most programs have nothing in any store most of the time, and entering what is the same as outside is wasted. So calls
 * that are submitted under the same stores get the same scope where that can be told, and the engine enters a scope only
 * when it is another one (`carried-context.ts`).
 */

import { builtinModule } from './host-builtins.ts';

/** The part of AsyncResource that is used here. */
export interface AsyncScope {
  runInAsyncScope<A, R>(body: (argument: A) => R, thisArg: undefined, argument: A): R;
}

type AsyncResourceClass = new (type: string, triggerAsyncId?: number) => AsyncScope & Record<symbol, unknown>;

interface AsyncHooksModule {
  readonly AsyncResource: AsyncResourceClass;
  readonly AsyncLocalStorage: { new (): { run<R>(store: unknown, body: () => R): R }; readonly prototype: object };
}

/** Shown by tools that trace async resources. */
const TYPE = 'HeddleTask';

/** No known cause: told outright, because looking for the default one costs as much as the rest. */
const NO_TRIGGER = 0;

/**
 * Returns a function that captures the stores as they are when it is called, or `null` where the host has no AsyncLocalStorage.
 *
 * @param wrap makes of a scope what the caller keeps; what the function returns is shared between equal captures where that can be told
 */
export function asyncScopeCapture<T extends object>(wrap: (scope: AsyncScope) => T): (() => T) | null {
  const hooks = builtinModule<AsyncHooksModule>('node:async_hooks');
  if (hooks?.AsyncResource === undefined) return null;
  const { AsyncResource, AsyncLocalStorage } = hooks;
  if ('_propagate' in AsyncLocalStorage.prototype) return captureByHooks(AsyncResource, wrap);
  const frameKey = findFrameKey(hooks);
  return frameKey === undefined ? () => wrap(new AsyncResource(TYPE)) : captureByFrames(AsyncResource, frameKey, wrap);
}

/**
 * Node 20 and 22: stores are copied from resource to resource by an async hook, which is on once the first store was set. While
 * no hook is on, all stores are empty. Whether one is on, an AsyncResource without a type tells: it is refused only then.
 */
function captureByHooks<T extends object>(AsyncResource: AsyncResourceClass, wrap: (scope: AsyncScope) => T): () => T {
  let empty: T | null = null;
  let isInUse = false;
  return () => {
    if (!isInUse) {
      try {
        const probe = new AsyncResource('', NO_TRIGGER);
        return (empty ??= wrap(probe));
      } catch {
        isInUse = true;
      }
    }
    return wrap(new AsyncResource(TYPE));
  };
}

/** Node 24 and later: all stores are in one immutable frame, which a resource notes when it is made. */
function captureByFrames<T extends object>(AsyncResource: AsyncResourceClass, frameKey: symbol, wrap: (scope: AsyncScope) => T): () => T {
  let empty: T | null = null;
  // Weak, so that the stores of a request are not kept after it.
  const known = new WeakMap<object, T>();
  return () => {
    const scope = new AsyncResource(TYPE, NO_TRIGGER);
    const frame = scope[frameKey] as object | undefined;
    if (frame === undefined) return (empty ??= wrap(scope));
    let captured = known.get(frame);
    if (captured === undefined) known.set(frame, (captured = wrap(scope)));
    return captured;
  };
}

/** Finds under which key resources note their frame. Where none is found, scopes are captured one by one and never shared. */
function findFrameKey({ AsyncResource, AsyncLocalStorage }: AsyncHooksModule): symbol | undefined {
  const storage = new AsyncLocalStorage();
  const inside = storage.run('inside', () => new AsyncResource(TYPE));
  return Object.getOwnPropertySymbols(inside).find((key) => {
    // Node's own kind of map, which is no instance of the global one.
    const frame = inside[key] as Partial<ReadonlyMap<unknown, unknown>> | undefined;
    return typeof frame?.get === 'function' && frame.get(storage) === 'inside';
  });
}
