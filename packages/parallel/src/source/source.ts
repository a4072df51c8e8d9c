/** Where the items of a run come from: one face for iterables of both kinds, read only as far as items can be put to work. */

import { describe } from '@heddle/core/engine';
import type { Items } from '../options.ts';
import { AsyncSource } from './async-source.ts';
import { SyncSource } from './sync-source.ts';

export interface Source<T> {
  /** How many items there are, for inputs that tell. */
  readonly length: number | undefined;
  /**
   * Takes the next items: at least 1 and at most `max`, or none at the end and after {@link interrupt}.
   *
   * @throws whatever the input throws
   */
  take(max: number): readonly T[] | Promise<readonly T[]>;
  /** Ends a `take` that waits. */
  interrupt(): void;
  /** Tells the input that no more is wanted, if it was opened and has not ended, and waits until it has cleaned up. Never throws. */
  close(): Promise<void>;
}

/**
 * Returns the source of `items`. Opens nothing yet.
 *
 * @throws {TypeError} when `items` is not iterable
 */
export function openSource<T>(items: Items<T>): Source<T> {
  const { [Symbol.asyncIterator]: asyncIterator, [Symbol.iterator]: iterator } = Object(items ?? {}) as Partial<AsyncIterable<T> & Iterable<T>>;
  if (typeof asyncIterator === 'function') return new AsyncSource(items as AsyncIterable<T>);
  if (typeof iterator === 'function') return new SyncSource(items as Iterable<T>, lengthOf(items));
  throw new TypeError(`Expected \`items\` to be an iterable or an async iterable, got ${describe(items)}`);
}

function lengthOf(items: unknown): number | undefined {
  if (Array.isArray(items)) return items.length;
  if (items instanceof Set || items instanceof Map) return items.size;
  return ArrayBuffer.isView(items) && 'length' in items ? (items as Uint8Array).length : undefined;
}
