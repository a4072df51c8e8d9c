/** Errors that lost against another one are kept with it. */

import { holds } from '../options.ts';

/**
 * Adds `others` to the `suppressed` list of `error`, a property that does not show up when the error is enumerated. An error that
 * cannot take it (frozen, or no error at all) stays as it is.
 */
export function suppress(error: unknown, others: readonly unknown[]): void {
  const rest = others.filter((other) => other !== error);
  if (rest.length === 0 || !holds(() => error instanceof Error && Object.isExtensible(error))) return;
  const earlier = (error as { suppressed?: unknown }).suppressed;
  const suppressed = [...(Array.isArray(earlier) ? (earlier as unknown[]) : []), ...rest];
  Object.defineProperty(error, 'suppressed', { value: suppressed, configurable: true, writable: true, enumerable: false });
}
