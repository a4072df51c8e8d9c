/** What cannot be copied to another thread, and where in a value it sits. */

import { SerializationError } from '@heddle/core';
import { describe } from '@heddle/core/engine';

/** How deep and how wide a value is searched for the culprit; beyond that the engine's own message has to do. */
const MAX_DEPTH = 32;
const MAX_VISITS = 100_000;

/**
 * Returns the error that tells why `value` cannot be copied, naming the place inside it, such as `args[0].db.onConnect`.
 *
 * @param root the name of the value itself: `args` or `result`
 */
export function serializationError(taskName: string | undefined, root: 'args' | 'result' | 'progress', value: unknown, cause: unknown): SerializationError {
  const found = new Search().find(value, root, 0);
  const subject = `The ${root === 'args' ? 'arguments' : root} of ${taskName === undefined ? 'the task' : `task ${taskName}`}`;
  const path = found?.path ?? root;
  const why = found === undefined ? messageOf(cause) : `${found.path} is ${found.what}`;
  return new SerializationError(`${subject} cannot be copied to another thread: ${why}`, path, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Culprit {
  readonly path: string;
  readonly what: string;
}

class Search {
  readonly #seen = new Set<unknown>();
  #visits = 0;

  find(value: unknown, path: string, depth: number): Culprit | undefined {
    if (typeof value === 'function' || typeof value === 'symbol') return { path, what: describe(value) };
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#seen.has(value) || depth > MAX_DEPTH || ++this.#visits > MAX_VISITS) return undefined;
    this.#seen.add(value);
    return this.#findInside(value, path, depth) ?? refusedWhole(value, path);
  }

  #findInside(value: object, path: string, depth: number): Culprit | undefined {
    if (value instanceof Map) {
      for (const [key, item] of value) {
        const inside = this.find(key, `${path}.keys()`, depth + 1) ?? this.find(item, `${path}.get(${label(key)})`, depth + 1);
        if (inside !== undefined) return inside;
      }
      return undefined;
    }
    if (value instanceof Set) {
      for (const item of value) {
        const inside = this.find(item, `${path}.values()`, depth + 1);
        if (inside !== undefined) return inside;
      }
      return undefined;
    }
    if (ArrayBuffer.isView(value)) return undefined;
    for (const key of Object.keys(value)) {
      const place = Array.isArray(value) ? `${path}[${key}]` : /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
      const inside = this.#findProperty(value, key, place, depth);
      if (inside !== undefined) return inside;
    }
    return undefined;
  }

  #findProperty(value: object, key: string, place: string, depth: number): Culprit | undefined {
    let item: unknown;
    try {
      item = (value as Record<string, unknown>)[key];
    } catch (error) {
      return { path: place, what: `a getter that throws (${messageOf(error)})` };
    }
    return this.find(item, place, depth + 1);
  }
}

function label(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}

/** Tells objects that cannot be copied as such: promises, weak collections, proxies, native handles. */
function refusedWhole(value: object, path: string): Culprit | undefined {
  try {
    structuredClone(value);
    return undefined;
  } catch {
    return { path, what: describe(value) };
  }
}
