/**
 * Errors as plain data, for executors that leave the thread. Structured clone keeps of an error only its message, its stack and
 * the class of seven built-in ones; this keeps class name, message, code, stack, own properties, `cause` and collected errors.
 */

import { findErrorClass, isErrorClass, knownClassesOf, type ErrorClass, type KnownClass } from './error-classes.ts';
import * as heddleErrors from './errors.ts';
import { textOf } from './options.ts';

/** A thrown value as data. Whether the plain values inside can cross is for the transport to find out. */
export type EncodedThrown =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'list'; readonly items: readonly EncodedThrown[] }
  /** An error or list that came earlier: the one of this number, counted from 0 in the order of the data. */
  | { readonly kind: 'again'; readonly number: number }
  | EncodedError;

interface EncodedError {
  readonly kind: 'error';
  /** The name of the error's class. */
  readonly className: string;
  /** Its classes that the other side may know, nearest first. */
  readonly known: readonly KnownClass[];
  /** What `error.name` reads, own or inherited. */
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties other than message and stack, with whether they are enumerable. */
  readonly fields: readonly EncodedField[];
}

type EncodedField = readonly [key: string, value: EncodedThrown, isEnumerable: boolean];

/** How deep causes and collected errors are followed; what lies deeper is left out. */
const MAX_DEPTH = 16;

/**
 * Returns a thrown value as data. Own properties that hold errors or lists of errors are encoded likewise; errors that refer to
 * one another still do when they are decoded. Never throws, whatever the value does when it is looked at.
 */
export function encodeThrown(thrown: unknown): EncodedThrown {
  return new Encoder().encode(thrown, 0);
}

class Encoder {
  /** Errors and lists by their number. */
  readonly #numbers = new Map<unknown, number>();

  encode(value: unknown, depth: number): EncodedThrown {
    const isList = isErrorList(value);
    if (!isList && !isError(value)) return { kind: 'value', value };
    const number = this.#numbers.get(value);
    if (number !== undefined) return { kind: 'again', number };
    this.#numbers.set(value, this.#numbers.size);
    if (isList) return { kind: 'list', items: value.map((item) => this.encode(item, depth + 1)) };
    return this.#encodeError(value, depth);
  }

  #encodeError(error: Error, depth: number): EncodedError {
    const stack = read(error, 'stack');
    return {
      kind: 'error',
      className: classNameOf(error),
      known: knownClassesOf(error),
      name: textOf(read(error, 'name')),
      message: textOf(read(error, 'message')),
      stack: typeof stack === 'string' ? stack : undefined,
      fields: depth < MAX_DEPTH ? this.#encodeFields(error, depth) : [],
    };
  }

  #encodeFields(error: Error, depth: number): EncodedField[] {
    const fields: EncodedField[] = [];
    for (const [key, { enumerable }] of ownProperties(error)) {
      if (key !== 'stack' && key !== 'message') fields.push([key, this.encode(read(error, key), depth + 1), enumerable === true]);
    }
    return fields;
  }
}

function ownProperties(error: Error): [string, PropertyDescriptor][] {
  try {
    return Object.entries(Object.getOwnPropertyDescriptors(error));
  } catch {
    // A proxy may refuse.
    return [];
  }
}

function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch (failure) {
    return `[reading this property threw: ${textOf(failure)}]`;
  }
}

/** Errors of this and of other realms; DOMException too. */
function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const tag = Object.prototype.toString.call(value);
    return tag === '[object Error]' || tag === '[object DOMException]' || value instanceof Error;
  } catch {
    // A proxy may refuse.
    return false;
  }
}

function isErrorList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value) && value.some(isError);
  } catch {
    return false;
  }
}

function classNameOf(error: Error): string {
  const name = read((read(error, 'constructor') ?? error) as Error, 'name');
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

/** Returns the thrown value that `encoded` describes. Errors of unknown classes get a class of that name that extends the nearest known one. */
export function decodeThrown(encoded: EncodedThrown): unknown {
  return decode(encoded, []);
}

/** @param known the errors and lists that came earlier, by number */
function decode(encoded: EncodedThrown, known: unknown[]): unknown {
  switch (encoded.kind) {
    case 'value':
      return encoded.value;
    case 'again':
      return known[encoded.number];
    case 'list': {
      const items: unknown[] = [];
      known.push(items);
      for (const item of encoded.items) items.push(decode(item, known));
      return items;
    }
    case 'error':
      return decodeError(encoded, known);
  }
}

function decodeError(encoded: EncodedError, earlier: unknown[]): Error {
  const error = makeError(encoded);
  earlier.push(error);
  const { stack, fields } = encoded;
  for (const [key, field, enumerable] of fields) {
    Object.defineProperty(error, key, { value: decode(field, earlier), enumerable, writable: true, configurable: true });
  }
  Object.defineProperty(error, 'stack', { value: stack, enumerable: false, writable: true, configurable: true });
  return error;
}

function makeError({ className, known, name, message, fields }: EncodedError): Error {
  if (className === 'DOMException' && typeof DOMException === 'function') return new DOMException(message, name);
  const nearest = findErrorClass(known);
  const own = nearest?.isOwn === true ? nearest.errorClass : classOfName(className, isHeddleError(fields));
  // Makes a real error of that class without running the class's constructor, of which the arguments are unknown here.
  return Reflect.construct(Error, [message], own ?? standIn(className, name, nearest?.errorClass ?? Error)) as Error;
}

/** Told by its code: a user's class may have the name of one of Heddle's. */
function isHeddleError(fields: readonly EncodedField[]): boolean {
  return fields.some(([key, field]) => key === 'code' && field.kind === 'value' && String(field.value).startsWith('ERR_HEDDLE_'));
}

function classOfName(className: string, isOurs: boolean): ErrorClass | undefined {
  const candidate = ((isOurs ? heddleErrors : globalThis) as Record<string, unknown>)[className];
  return isErrorClass(candidate) ? candidate : undefined;
}

/** By what they extend, and then by their names. */
const standIns = new WeakMap<ErrorClass, Map<string, ErrorClass>>();

function standIn(className: string, name: string, base: ErrorClass): ErrorClass {
  let family = standIns.get(base);
  if (family === undefined) standIns.set(base, (family = new Map()));
  const key = `${className} ${name}`;
  let errorClass = family.get(key);
  if (errorClass === undefined) {
    errorClass = class extends (base as new () => Error) {};
    Object.defineProperty(errorClass, 'name', { value: className });
    Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
    family.set(key, errorClass);
  }
  return errorClass;
}
