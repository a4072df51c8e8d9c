/** What the error of an item tells besides itself: which item it was, and what else went wrong at the same time. */

import { isCancelled } from '@heddle/core';

/**
 * Returns `error` itself, with the item's `index` as an own property where it can take one. Values that are no errors, frozen
 * errors, errors with an `index` of their own and cancellations (which many items share) stay as they are.
 */
export function withIndex(error: unknown, index: number): unknown {
  if (error instanceof Error && Object.isExtensible(error) && !('index' in error) && !isCancelled(error)) {
    Object.defineProperty(error, 'index', { value: index, enumerable: true, configurable: true, writable: true });
  }
  return error;
}

/** Adds `other` to the errors in `error.suppressed`, where `error` can take them. */
export function suppress(error: unknown, other: unknown): void {
  if (other === error || isCancelled(other) || !(error instanceof Error) || !Object.isExtensible(error)) return;
  const earlier = (error as { suppressed?: unknown }).suppressed;
  const suppressed = [...(Array.isArray(earlier) ? (earlier as unknown[]) : []), other];
  Object.defineProperty(error, 'suppressed', { value: suppressed, configurable: true, writable: true, enumerable: false });
}
