import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InlineExecutor } from '@heddle/core';
import { laws, validateExemptions } from '@heddle/testkit';
import { testExecutor } from '@heddle/testkit/conformance';
import { describe, expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./fixtures/exempted.spec.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('./fixtures/vitest.config.ts', import.meta.url));

interface Report {
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[] }[];
}

/** Runs the fixture in a vitest of its own. */
function runFixture(): Promise<Report> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const args = [vitest, 'run', FIXTURE, '--config', CONFIG, '--root', dirname(CONFIG), '--reporter', 'json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: { ...process.env, NODE_V8_COVERAGE: undefined } }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout) as Report);
      else reject(error);
    });
  });
}

describe('an exempted law', () => {
  it('is reported as skipped, with the reason in its name, and the rest still runs', { timeout: 60_000 }, async () => {
    const { numFailedTests, testResults } = await runFixture();
    const results = testResults.flatMap((file) => file.assertionResults);
    const skipped = results.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName);
    const order = laws.find((law) => law.id === 'order');
    expect(numFailedTests).toBe(0);
    expect(skipped).toHaveLength((order?.cases.length ?? 0) + 1);
    expect(skipped.filter((name) => name.includes('it is in no hurry'))).toHaveLength(order?.cases.length ?? 0);
    expect(skipped.find((name) => name.includes('close/deadline'))).toContain('it has all day');
    expect(results).toHaveLength(laws.flatMap((law) => law.cases).length);
  });
});

describe('an exemption', () => {
  it('may name a law or a case', () => {
    expect(() => validateExemptions({ order: 'a reason', 'close/deadline': 'another' })).not.toThrow();
  });

  it('is refused when it names neither', () => {
    const test = (): void => testExecutor({ name: 'Wrong', create: () => new InlineExecutor(), exemptions: { ordering: 'a reason' } });
    expect(test).toThrow(/^Expected an exemption to name a law \(settle-once, outcome, .*\) or one of their cases, got 'ordering'$/);
    expect(() => validateExemptions({ 'order/nonsense': 'a reason' })).toThrow(TypeError);
  });

  it('is refused without a reason', () => {
    expect(() => validateExemptions({ order: ' ' })).toThrow(`Expected a reason for the exemption 'order', got " "`);
  });
});

describe('the laws', () => {
  it('have ids of their own, which name their cases', () => {
    const ids = laws.flatMap((law) => [law.id, ...law.cases.map(({ id }) => id)]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const law of laws) for (const { id } of law.cases) expect(id).toMatch(new RegExp(`^${law.id}/[a-z-]+$`));
  });
});
