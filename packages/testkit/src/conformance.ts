/** @heddle/testkit/conformance: the laws as vitest tests. */

/* oxlint-disable vitest/valid-title, vitest/no-conditional-tests, vitest/no-disabled-tests -- tests made of data, and skipped by data */

import { describe, it } from 'vitest';
import { validateExemptions, type Exemptions } from './exemptions.ts';
import { DEFAULT_GUARD_MS, type CreateExecutor, type LawCase } from './law.ts';
import { laws } from './laws.ts';

/** What {@link testExecutor} tests. */
export interface ExecutorUnderTest {
  /** The executor's name in the report, such as `ThreadPool with 2 threads`. */
  readonly name: string;
  /** Makes a fresh executor; called once for each case, which closes it. */
  readonly create: CreateExecutor;
  /** Laws (`order`) and single cases (`order/signal`) that this executor does not promise, each with the reason. @default none */
  readonly exemptions?: Exemptions | undefined;
  /** How long a case may take before it counts as hanging, in milliseconds. @default 30000 */
  readonly guardMs?: number | undefined;
}

/** Beyond the guard, so that its message is the one that is seen. */
const MARGIN_MS = 5_000;

/**
 * Registers a test for each case of each law that an executor keeps. Exempted ones are reported as skipped, with the reason.
 *
 * @throws {TypeError} when an exemption names no law and no case, or gives no reason
 * @example
 * ```ts
 * testExecutor({ name: 'Multiplexer with lifo()', create: () => new Multiplexer({ policy: lifo() }), exemptions: { order: 'it runs the newest first' } });
 * ```
 */
export function testExecutor({ name, create, exemptions = {}, guardMs = DEFAULT_GUARD_MS }: ExecutorUnderTest): void {
  validateExemptions(exemptions);
  const test = (lawCase: LawCase, reason: string | undefined): void => {
    if (reason !== undefined) it.skip(`${lawCase.title} (${lawCase.id}, exempt: ${reason})`);
    else it(`${lawCase.title} (${lawCase.id})`, { timeout: guardMs + MARGIN_MS }, () => lawCase.run(create, { guardMs }));
  };
  describe(`${name} keeps the laws of executors`, () => {
    for (const law of laws) {
      const reason = exemptions[law.id];
      describe(reason === undefined ? law.title : `${law.title} (exempt: ${reason})`, () => {
        for (const lawCase of law.cases) test(lawCase, reason ?? exemptions[lawCase.id]);
      });
    }
  });
}
