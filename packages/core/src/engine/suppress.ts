/** Errors that lost against another one are kept with it. */

import { isCancelled } from '../errors.ts';
import { holds } from '../options.ts';

/**
 * Adds `others` to the `suppressed` list of `error`, a property that does not show up when the error is enumerated. An error that
 * cannot take it (frozen, or no error at all) stays as it is, and the others become unhandled rejections, because nobody could
 * get at them.
 */
export function suppress(error: unknown, others: readonly unknown[]): void {
  const earlier = suppressedOf(error);
  const rest = others.filter((other) => other !== error && !earlier.includes(other));
  if (rest.length === 0) return;
  if (!holds(() => error instanceof Error && Object.isExtensible(error))) {
    for (const lost of rest) if (!isAbort(lost)) void Promise.reject(lost as Error);
    return;
  }
  Object.defineProperty(error, 'suppressed', { value: [...earlier, ...rest], configurable: true, writable: true, enumerable: false });
}

/** The errors that were kept with `error`. */
export function suppressedOf(error: unknown): readonly unknown[] {
  let suppressed: unknown;
  holds(() => {
    ({ suppressed } = error as { suppressed?: unknown });
    return true;
  });
  return Array.isArray(suppressed) ? (suppressed as unknown[]) : [];
}

/** Keeps `loser` with `error`; of a mere cancellation only what was kept with it. */
export function keepWith(error: unknown, loser: unknown): void {
  suppress(error, isAbort(loser) ? suppressedOf(loser) : [loser]);
}

/** Whether `error` is a cancellation, and nothing went wrong on the way. */
export function isMereCancellation(error: unknown): boolean {
  return isCancelled(error) && suppressedOf(error).length === 0;
}

/** Whether `error` is a cancellation of ours, or what platform APIs throw when the task's signal aborts them. */
export function isAbort(error: unknown): boolean {
  return holds(() => (error as { name?: unknown } | null | undefined)?.name === 'AbortError');
}
