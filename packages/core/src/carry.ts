/**
 * AsyncLocalStorage values that travel with calls to other threads. On one thread stores follow tasks by themselves; to cross, a storage
 * needs a name under which the other side finds its own copy of it.
 */

import { describe } from './options.ts';

/** The part of AsyncLocalStorage that is used here, whatever is in it. */
export interface CarriedStorage {
  getStore(): unknown;
  run<R>(store: never, body: () => R): R;
}

/** Values of storages by their names. */
export type CarriedValues = Readonly<Record<string, unknown>>;

const CARRIED = Symbol.for('heddle.carried.v1');

/** On `globalThis`, as tasks are. */
interface CarryingHost {
  [CARRIED]?: Map<string, CarriedStorage>;
}

/**
 * Lets the value of an AsyncLocalStorage travel with every call that is submitted while it is set, also with children that run on
 * another thread. The module that names the storage must be imported on both sides, as it is where tasks use it.
 *
 * @param name unique in the program; naming another storage so replaces the earlier one
 * @returns the storage
 * @throws {TypeError} when `name` is no string or empty, or `storage` is none
 * @remarks Values are copied, by the structured clone: small ones please, because each call takes them along. One that cannot be
 * copied ends the call with `SerializationError`.
 * @example
 * ```ts
 * export const requestId = carry('requestId', new AsyncLocalStorage<string>());
 *
 * requestId.run('r-17', () => pool.run(render(page))); // in `render`: requestId.getStore() is 'r-17'
 * ```
 */
export function carry<S extends CarriedStorage>(name: string, storage: S): S {
  if (typeof name !== 'string' || name === '') throw new TypeError(`Expected the name of a carried storage to be a non-empty string, got ${describe(name)}`);
  if (typeof (storage as Partial<S> | null)?.getStore !== 'function' || typeof storage.run !== 'function') {
    throw new TypeError(`Expected carry('${name}') of an AsyncLocalStorage, got ${describe(storage)}`);
  }
  carriedStorages().set(name, storage);
  return storage;
}

let storages: Map<string, CarriedStorage> | undefined;

/** Those that were named, by whichever copy of this package. */
function carriedStorages(): Map<string, CarriedStorage> {
  return (storages ??= (globalThis as CarryingHost)[CARRIED] ??= new Map());
}

/** Returns the values that are set here and now; `undefined` where there are none. */
export function carriedHere(): CarriedValues | undefined {
  const named = carriedStorages();
  if (named.size === 0) return undefined;
  let values: Record<string, unknown> | undefined;
  for (const [name, storage] of named) {
    const value = storage.getStore();
    if (value !== undefined) (values ??= {})[name] = value;
  }
  return values;
}

/** Runs `body` with these values. Those whose storage has no name on this side are left out: nobody can ask for them. */
export function withCarried<R>(values: CarriedValues, body: () => R): R {
  let run = body;
  for (const [name, value] of Object.entries(values)) {
    const storage = carriedStorages().get(name);
    const inner = run;
    if (storage !== undefined) run = () => storage.run(value as never, inner);
  }
  return run();
}
