/** What an executor does not promise, as data with reasons. */

import { laws } from './laws.ts';

/** Reasons by the id of a law (`order`) or of one of its cases (`order/signal`). */
export type Exemptions = Readonly<Record<string, string>>;

/**
 * Checks exemptions.
 *
 * @throws {TypeError} when one names no law and no case, or gives no reason
 */
export function validateExemptions(exemptions: Exemptions): void {
  const known = new Set(laws.flatMap((law) => [law.id, ...law.cases.map(({ id }) => id)]));
  for (const [id, reason] of Object.entries(exemptions)) {
    if (!known.has(id)) throw new TypeError(`Expected an exemption to name a law (${laws.map((law) => law.id).join(', ')}) or one of their cases, got '${id}'`);
    if (typeof reason !== 'string' || reason.trim() === '') throw new TypeError(`Expected a reason for the exemption '${id}', got ${JSON.stringify(reason)}`);
  }
}
