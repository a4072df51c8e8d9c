import { InlineExecutor } from '@heddle/core';
import { laws, type CreateExecutor, type LawCase } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';

/** Healthy cases take milliseconds; only those that a mutant hangs wait for it. */
const GUARD_MS = 1_500;

/** For a case that the guard may have caught only because the machine was busy. */
const AMPLE_GUARD_MS = 20_000;

async function isBroken(lawCase: LawCase, create: CreateExecutor, guardMs: number): Promise<boolean> {
  try {
    await lawCase.run(create, { guardMs });
    return false;
  } catch {
    return true;
  }
}

/** Returns the laws that are broken, each with the cases that show it. Those not expected are tried again, alone. */
async function brokenLaws(create: CreateExecutor, expected?: string): Promise<Record<string, string[]>> {
  const cases = laws.flatMap((law) => law.cases.map((lawCase) => ({ law, lawCase })));
  const suspects = await Promise.all(cases.map(({ lawCase }) => isBroken(lawCase, create, GUARD_MS)));
  const broken: Record<string, string[]> = {};
  for (const [index, { law, lawCase }] of cases.entries()) {
    if (suspects[index] !== true) continue;
    if (law.id !== expected && !(await isBroken(lawCase, create, AMPLE_GUARD_MS))) continue;
    (broken[law.id] ??= []).push(lawCase.id);
  }
  return broken;
}

describe('the laws', () => {
  it('hold for the executor that the mutants are made of', async () => {
    expect(await brokenLaws(() => new InlineExecutor())).toEqual({});
  });

  const named = mutants.map(([law, Mutant]) => ({ name: Mutant.name, law, Mutant }));
  it.each(named)('find in $name a breach of $law and of nothing else', { timeout: 10 * AMPLE_GUARD_MS }, async ({ law, Mutant }) => {
    const broken = await brokenLaws(() => new Mutant(), law);
    expect(broken).toEqual({ [law]: expect.any(Array) });
  });

  it('have a mutant each', () => {
    expect(new Set(mutants.map(([law]) => law))).toEqual(new Set(laws.map((law) => law.id)));
  });
});
