/**
 * Error classes that come back as themselves from another thread. Each side has the class by importing its module; the id under which
 * the module registers it says which one is meant. Kept on `globalThis`, as tasks are.
 */

import { describe } from './options.ts';

/** A class of errors. Its constructor is never run when an error is revived. */
export type ErrorClass = abstract new (...args: never[]) => Error;

const CLASSES = Symbol.for('heddle.errors.v1');

interface Classes {
  readonly byId: Map<string, ErrorClass>;
  readonly ids: WeakMap<ErrorClass, string>;
}

function classes(): Classes {
  const host = globalThis as { [CLASSES]?: Classes };
  return (host[CLASSES] ??= { byId: new Map(), ids: new WeakMap() });
}

/**
 * Lets errors of a class of your own keep their class when they come from another thread: `instanceof` holds and its methods are
 * there, provided that both sides have loaded the module that registers it. Errors of subclasses that are not registered are
 * instances of it too.
 *
 * The constructor is not run again: message, stack, `cause` and own properties are set as they were, but private `#fields` are not.
 * On a side that has not registered the class, the error is an instance of the nearest built-in class, with the same name.
 *
 * @param id unique in the program, and the same on both sides; registering another class under it replaces the earlier one
 * @returns the class
 * @throws {TypeError} when `id` is no string or empty, or `errorClass` no class of errors
 * @example
 * ```ts
 * export class QuotaError extends Error {
 *   constructor(message: string, readonly limit: number) { super(message); }
 * }
 * registerErrorClass('shop/QuotaError', QuotaError);
 * ```
 */
export function registerErrorClass<C extends ErrorClass>(id: string, errorClass: C): C {
  if (typeof id !== 'string' || id === '') throw new TypeError(`Expected the id of an error class to be a non-empty string such as 'shop/QuotaError', got ${describe(id)}`);
  if (!isErrorClass(errorClass)) throw new TypeError(`Expected a class that extends Error for '${id}', got ${describe(errorClass)}`);
  const { byId, ids } = classes();
  byId.set(id, errorClass);
  ids.set(errorClass, id);
  return errorClass;
}

/** Whether `value` is Error or extends it. */
export function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}

/** A class from which another side can tell what kind of error it is. */
export interface KnownClass {
  /** The id of a registered class. */
  readonly id?: string;
  /** The name of a built-in one. */
  readonly builtin?: string;
  /** Whether it is the error's own class, and not one that this extends. */
  readonly isOwn: boolean;
}

/** Finds the classes of the error that the other side may know, nearest first: registered ones, and the nearest built-in one. */
export function knownClassesOf(error: Error): KnownClass[] {
  const known: KnownClass[] = [];
  try {
    let isOwn = true;
    for (let prototype: unknown = Object.getPrototypeOf(error); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
      const errorClass: unknown = Object.hasOwn(prototype as object, 'constructor') ? (prototype as object).constructor : undefined;
      if (isErrorClass(errorClass)) {
        const id = classes().ids.get(errorClass);
        if (id !== undefined) known.push({ id, isOwn });
        if (builtinClass(errorClass.name) === errorClass) return [...known, { builtin: errorClass.name, isOwn }];
      }
      isOwn = false;
    }
  } catch {
    // A proxy may refuse.
  }
  return known;
}

/** Returns the nearest of these classes that is known here, and whether it is the error's own. */
export function findErrorClass(known: readonly KnownClass[]): { readonly errorClass: ErrorClass; readonly isOwn: boolean } | undefined {
  for (const { id, builtin, isOwn } of known) {
    const errorClass = id === undefined ? builtinClass(builtin ?? '') : classes().byId.get(id);
    if (errorClass !== undefined) return { errorClass, isOwn };
  }
  return undefined;
}

function builtinClass(name: string): ErrorClass | undefined {
  const candidate = (globalThis as Record<string, unknown>)[name];
  return isErrorClass(candidate) ? candidate : undefined;
}
