import { defineSuite, runSuite, startSubjectProcess, type StartSubject, type Suite, type SuiteRun } from '@heddle/bench/harness';
import { describe, expect, it } from 'vitest';
import * as fakes from './fixtures/fake-suites.mjs';
import { FOUR_ROUNDS } from './fixtures/plans.ts';

const run: SuiteRun = { plan: FOUR_ROUNDS, budgetMs: Infinity, isTimeUp: () => false, now: () => 0, start: startSubjectProcess };

describe('a suite run in processes', () => {
  it('measures every subject in every round, after a warm-up that does not count', async () => {
    const { subjects, ratios } = await runSuite(fakes.fake, run);
    // The warm-up took 10 and 40; the rounds 20, 30, 40, 50 and four times as much.
    expect(subjects).toEqual([
      { name: 'heddle', median: 35, p99: 50, min: 20, max: 50, rounds: 4 },
      { name: 'rival <&>', median: 140, p99: 200, min: 80, max: 200, rounds: 4 },
    ]);
    expect(ratios).toEqual([
      { name: 'heddle / rival time', value: 0.25, min: 0.25, max: 0.25, atMost: 0.3, holds: true },
      { name: 'rival / heddle time', value: 4, min: 4, max: 4, atLeast: 5, holds: false },
      { name: 'heddle / heddle time', value: 1, min: 1, max: 1, holds: true },
    ]);
  });

  it('gives each subject what the suite prepared', async () => {
    const { subjects } = await runSuite(fakes.prepared, run);
    expect(subjects[0]?.median).toBe(7);
  });

  it('lets the suite prepare less for a quick run', async () => {
    const { subjects } = await runSuite(fakes.prepared, { ...run, plan: { ...FOUR_ROUNDS, isQuick: true } });
    expect(subjects[0]?.median).toBe(3);
  });

  it.each([
    [fakes.throwsInSetup, /^Subject 'broken' of suite 'throws-in-setup' failed in its setup: Error: no such pool/],
    [fakes.throwsInRun, /^Subject 'broken' of suite 'throws-in-run' failed in its warm-up: Error: Expected the result 42, got 41/],
    [fakes.givesNothing, /^Subject 'broken' of suite 'gives-nothing' failed in its warm-up: RangeError: Expected a run to give a positive number, got NaN/],
    [fakes.exits, /^Subject 'broken' of suite 'exits' failed in its warm-up: its process ended with exit code 3 before it answered/],
  ])('fails when a subject does, and names it: $id', async (suite, message) => {
    await expect(runSuite(suite, run)).rejects.toThrow(message);
  });

  it('keeps the values of a subject that only fails to close', async () => {
    const { subjects } = await runSuite(fakes.throwsInTeardown, run);
    expect(subjects.map(({ rounds }) => rounds)).toEqual([4, 4]);
  });
});

describe('a suite', () => {
  it('starts all its subjects before the first turn, warms them up, interleaves their turns, and closes all of them', async () => {
    const { log, start } = recorder();
    await runSuite(suiteOf('A', 'B', 'C'), { ...run, start });
    expect(log.join(' ')).toBe('+A +B +C a b c A B C C B A B C A A C B -A -B -C');
  });

  it('closes what it started when another subject does not start', async () => {
    const { log, start } = recorder();
    const failing: StartSubject = (suite, subject, parameters) => (subject.name === 'B' ? Promise.reject(new Error('no B')) : start(suite, subject, parameters));
    await expect(runSuite(suiteOf('A', 'B', 'C'), { ...run, start: failing })).rejects.toThrow('no B');
    expect(log.join(' ')).toBe('+A +C -A -C');
  });

  it('refuses two subjects of one name', () => {
    expect(() => suiteOf('A', 'A')).toThrow("Expected the subjects of suite 'letters' to have names of their own, got 'A', 'A'");
  });

  it('refuses a ratio of a subject that it does not have', () => {
    const ratios = [{ name: 'A / Z time', numerator: 'A', denominator: 'Z' }];
    expect(() => defineSuite(import.meta, { ...suiteOf('A', 'B'), ratios })).toThrow("Expected ratio 'A / Z time' of suite 'letters' to name one of 'A', 'B', got 'Z'");
  });
});

function suiteOf(...names: string[]): Suite {
  const subjects = names.map((name) => ({ name, setup: () => ({ run: () => 1 }) }));
  return defineSuite(import.meta, { id: 'letters', question: 'In which order?', unit: 'ns', lowerIsBetter: true, subjects, ratios: [] });
}

/** Subjects that only note what is asked of them. */
function recorder(): { log: string[]; start: StartSubject } {
  const log: string[] = [];
  const start: StartSubject = async (_suite, { name }) => {
    log.push(`+${name}`);
    return {
      warmUp: async () => {
        log.push(name.toLowerCase());
      },
      turn: async () => {
        log.push(name);
        return [1];
      },
      close: async () => {
        log.push(`-${name}`);
      },
    };
  };
  return { log, start };
}
