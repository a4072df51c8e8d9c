/**
 * Errors as plain data, for executors that leave the thread. Structured clone keeps of an error only its message, its stack and
 * the class of seven built-in ones; this keeps class name, message, code, stack, own properties, `cause` and collected errors.
 */

import * as heddleErrors from './errors.ts';

/** A thrown value as data. Whether the plain values inside can cross is for the transport to find out. */
export type EncodedThrown =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'list'; readonly items: readonly EncodedThrown[] }
  | EncodedError;

export interface EncodedError {
  readonly kind: 'error';
  /** The name of the error's class. */
  readonly className: string;
  /** What `error.name` reads, own or inherited. */
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties other than message and stack, with whether they are enumerable. */
  readonly fields: readonly EncodedField[];
}

export type EncodedField = readonly [key: string, value: EncodedThrown, isEnumerable: boolean];

/** How deep causes and collected errors are followed; what lies deeper is left out. */
const MAX_DEPTH = 16;

/** Returns a thrown value as data. Own properties that hold errors or lists of errors are encoded likewise. */
export function encodeThrown(thrown: unknown): EncodedThrown {
  return encode(thrown, 0);
}

function encode(value: unknown, depth: number): EncodedThrown {
  if (Array.isArray(value) && value.some(isError)) {
    return { kind: 'list', items: value.map((item) => encode(item, depth + 1)) };
  }
  if (!isError(value)) return { kind: 'value', value };
  const fields = depth < MAX_DEPTH ? encodeFields(value, depth) : [];
  const { name, message, stack } = value;
  return { kind: 'error', className: classNameOf(value), name: String(name), message: String(message), stack, fields };
}

function encodeFields(error: Error, depth: number): EncodedField[] {
  const fields: EncodedField[] = [];
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === 'stack' || key === 'message') continue;
    const isEnumerable = Object.prototype.propertyIsEnumerable.call(error, key);
    fields.push([key, encode(readField(error, key), depth + 1), isEnumerable]);
  }
  return fields;
}

function readField(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch (failure) {
    return `[reading this property threw: ${String(failure)}]`;
  }
}

/** Errors of this and of other realms; DOMException too. */
function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Error]' || tag === '[object DOMException]' || value instanceof Error;
}

function classNameOf(error: Error): string {
  const name: unknown = (error as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

/** Returns the thrown value that `encoded` describes. Errors of unknown classes get a class of that name that extends Error. */
export function decodeThrown(encoded: EncodedThrown): unknown {
  switch (encoded.kind) {
    case 'value':
      return encoded.value;
    case 'list':
      return encoded.items.map(decodeThrown);
    case 'error':
      return decodeError(encoded);
  }
}

function decodeError({ className, name, message, stack, fields }: EncodedError): unknown {
  if (className === 'DOMException' && typeof DOMException === 'function') return new DOMException(message, name);
  const errorClass = knownClass(className) ?? standIn(className, name);
  // Makes a real error of that class without running the class's constructor, of which the arguments are unknown here.
  const error = Reflect.construct(Error, [message], errorClass) as Error;
  for (const [key, value, enumerable] of fields) {
    Object.defineProperty(error, key, { value: decodeThrown(value), enumerable, writable: true, configurable: true });
  }
  Object.defineProperty(error, 'stack', { value: stack, enumerable: false, writable: true, configurable: true });
  return error;
}

type ErrorClass = abstract new (...args: never[]) => Error;

function knownClass(className: string): ErrorClass | undefined {
  const own = (heddleErrors as Record<string, unknown>)[className];
  const candidate = own ?? (globalThis as Record<string, unknown>)[className];
  return typeof candidate === 'function' && (candidate === Error || candidate.prototype instanceof Error) ? (candidate as ErrorClass) : undefined;
}

const standIns = new Map<string, ErrorClass>();

function standIn(className: string, name: string): ErrorClass {
  const key = `${className} ${name}`;
  let errorClass = standIns.get(key);
  if (errorClass === undefined) {
    errorClass = class extends Error {};
    Object.defineProperty(errorClass, 'name', { value: className });
    Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
    standIns.set(key, errorClass);
  }
  return errorClass;
}
