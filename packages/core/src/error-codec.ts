/**
 * Errors as plain data, for executors that leave the thread. Structured clone keeps of an error only its message, its stack and
 * the class of seven built-in ones; this keeps class name, message, code, stack, own properties, `cause` and collected errors.
 */

import * as heddleErrors from './errors.ts';
import { textOf } from './options.ts';

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

/** How many errors are followed in all: errors that mention one another in many ways would never end. */
const MAX_ERRORS = 1_000;

/**
 * Returns a thrown value as data. Own properties that hold errors or lists of errors are encoded likewise; an error that is
 * its own cause, directly or through others, is cut there.
 */
export function encodeThrown(thrown: unknown): EncodedThrown {
  return new Encoder().encode(thrown);
}

class Encoder {
  /** The errors that are being encoded, outermost first. */
  readonly #path = new Set<Error>();
  #count = 0;

  encode(value: unknown): EncodedThrown {
    if (Array.isArray(value) && value.some(isError)) return { kind: 'list', items: value.map((item) => this.encode(item)) };
    if (!isError(value)) return { kind: 'value', value };
    if (this.#path.has(value)) return { kind: 'value', value: '[circular]' };
    const stack = readField(value, 'stack');
    return {
      kind: 'error',
      className: classNameOf(value),
      name: textOf(readField(value, 'name')),
      message: textOf(readField(value, 'message')),
      stack: typeof stack === 'string' ? stack : undefined,
      fields: this.#path.size < MAX_DEPTH && ++this.#count <= MAX_ERRORS ? this.#encodeFields(value) : [],
    };
  }

  #encodeFields(error: Error): EncodedField[] {
    const fields: EncodedField[] = [];
    this.#path.add(error);
    for (const key of Object.getOwnPropertyNames(error)) {
      if (key === 'stack' || key === 'message') continue;
      const isEnumerable = Object.prototype.propertyIsEnumerable.call(error, key);
      fields.push([key, this.encode(readField(error, key)), isEnumerable]);
    }
    this.#path.delete(error);
    return fields;
  }
}

function readField(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch (failure) {
    return `[reading this property threw: ${textOf(failure)}]`;
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
  const errorClass = knownClass(className, fields) ?? standIn(className, name);
  // Makes a real error of that class without running the class's constructor, of which the arguments are unknown here.
  const error = Reflect.construct(Error, [message], errorClass) as Error;
  for (const [key, value, enumerable] of fields) {
    Object.defineProperty(error, key, { value: decodeThrown(value), enumerable, writable: true, configurable: true });
  }
  Object.defineProperty(error, 'stack', { value: stack, enumerable: false, writable: true, configurable: true });
  return error;
}

type ErrorClass = abstract new (...args: never[]) => Error;

function knownClass(className: string, fields: readonly EncodedField[]): ErrorClass | undefined {
  const candidates = (isHeddleError(fields) ? heddleErrors : globalThis) as Record<string, unknown>;
  const candidate = candidates[className];
  return typeof candidate === 'function' && (candidate === Error || candidate.prototype instanceof Error) ? (candidate as ErrorClass) : undefined;
}

/** By its code: a user's class may have the same name. */
function isHeddleError(fields: readonly EncodedField[]): boolean {
  return fields.some(([key, value]) => key === 'code' && value.kind === 'value' && String(value.value).startsWith('ERR_HEDDLE_'));
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
