/** What cannot be copied to another thread, and where in a value it sits. */

import { isAnyArrayBuffer, isArrayBufferView, isNativeError, isProxy } from 'node:util/types';
import { SerializationError } from '@heddle/core';
import { describe } from '@heddle/core/engine';

/** How deep and how wide a value is searched for the culprit; beyond that the engine's own message has to do. */
const MAX_DEPTH = 32;
const MAX_VISITS = 100_000;

/** What was to be copied. */
export type Payload = 'args' | 'result' | 'progress' | 'input' | 'context';

/** What stands in the way of a copy, as data. */
export interface Obstacle {
  /** Where it is, such as `args[0].db.onConnect`. */
  readonly path: string;
  /** The rest of the sentence that says so. */
  readonly why: string;
}

/**
 * Finds out why `value` cannot be copied.
 *
 * @param cause what the attempt to copy it threw
 * @param transfer what was to be moved instead
 */
export function findObstacle(payload: Payload, value: unknown, cause: unknown, transfer: readonly unknown[] = []): Obstacle {
  const found = new Search(transfer).find(value, payload, 0);
  if (found === undefined) return { path: payload, why: cause instanceof Error ? cause.message : describe(cause) };
  return { path: found.path, why: `${found.path} is ${found.what}` };
}

/** Returns the error that tells what stands in the way, naming the place inside the value. */
export function serializationError(taskName: string, payload: Payload, { path, why }: Obstacle, cause?: unknown): SerializationError {
  const subject = payload === 'args' ? 'arguments' : payload;
  return new SerializationError(`The ${subject} of task ${taskName} cannot be copied to another thread: ${why}`, path, cause === undefined ? undefined : { cause });
}

interface Culprit {
  readonly path: string;
  readonly what: string;
}

class Search {
  /** What was seen, and what is moved instead of copied: neither is looked at (again). */
  readonly #passed: Set<unknown>;
  #visits = 0;

  constructor(transfer: readonly unknown[]) {
    this.#passed = new Set(transfer);
  }

  find(value: unknown, path: string, depth: number): Culprit | undefined {
    if (typeof value === 'function' || typeof value === 'symbol') return { path, what: describe(value) };
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#passed.has(value) || depth > MAX_DEPTH || ++this.#visits > MAX_VISITS) return undefined;
    this.#passed.add(value);
    // Always copied, and perhaps too large to try.
    if (isArrayBufferView(value) || isAnyArrayBuffer(value)) return undefined;
    try {
      return this.#findInside(value, path, depth) ?? refusedWhole(value, path);
    } catch {
      // A proxy that refuses to be looked at.
      return { path, what: describe(value) };
    }
  }

  #findInside(value: object, path: string, depth: number): Culprit | undefined {
    if (value instanceof Map) return this.#findInMap(value, path, depth);
    if (value instanceof Set) {
      for (const item of value) {
        const inside = this.find(item, `${path}.values()`, depth + 1);
        if (inside !== undefined) return inside;
      }
      return undefined;
    }
    // Of an error nothing is copied that could be refused, except its cause.
    const keys = isNativeError(value) ? (refusedWhole(value, path) === undefined ? [] : ['cause']) : Object.keys(value);
    for (const key of keys) {
      const inside = this.#findProperty(value, key, placeOf(value, key, path), depth);
      if (inside !== undefined) return inside;
    }
    return undefined;
  }

  #findInMap(map: ReadonlyMap<unknown, unknown>, path: string, depth: number): Culprit | undefined {
    for (const [key, item] of map) {
      const inside = this.find(key, `${path}.keys()`, depth + 1) ?? this.find(item, `${path}.get(${label(key)})`, depth + 1);
      if (inside !== undefined) return inside;
    }
    return undefined;
  }

  #findProperty(value: object, key: string, place: string, depth: number): Culprit | undefined {
    let item: unknown;
    try {
      item = (value as Record<string, unknown>)[key];
    } catch (error) {
      return { path: place, what: `a getter that throws${error instanceof Error ? ` (${error.message})` : ''}` };
    }
    return this.find(item, place, depth + 1);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype || value instanceof Map || value instanceof Set;
}

function placeOf(value: object, key: string, path: string): string {
  if (Array.isArray(value)) return `${path}[${key}]`;
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function label(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'object' && key !== null ? describe(key) : String(key);
}

/** Tells objects that cannot be copied as such: promises, weak collections, proxies, native handles. */
function refusedWhole(value: object, path: string): Culprit | undefined {
  if (isProxy(value)) return { path, what: describe(value) };
  // Only what is inside can stand in the way, and that was looked at, or is moved.
  if (isPlain(value)) return undefined;
  try {
    structuredClone(value);
    return undefined;
  } catch {
    return { path, what: describe(value) };
  }
}
