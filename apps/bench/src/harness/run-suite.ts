/** Runs one suite: its subjects side by side, each in its own process, turn by turn. */

import { orderOfRound } from './interleave.ts';
import { wantsAnotherRound, type Plan } from './plan.ts';
import { evaluateRatio, type RatioResult } from './ratio.ts';
import { median, spreadOf, type Spread } from './statistics.ts';
import type { RunningSubject, StartSubject } from './subject-process.ts';
import type { Suite } from './suite.ts';

/** What a suite came to, in the form of the JSON report. */
export interface SuiteResult {
  readonly id: string;
  readonly question: string;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  readonly subjects: readonly ({ readonly name: string } & Spread)[];
  readonly ratios: readonly RatioResult[];
}

export interface SuiteRun {
  readonly plan: Plan;
  /** This suite's share of the time, in milliseconds. */
  readonly budgetMs: number;
  /** Whether the time for all suites is over. */
  readonly isTimeUp: () => boolean;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly start: StartSubject;
  /** Told what happens next, in a few words. */
  readonly onProgress?: (what: string) => void;
}

/**
 * Runs a suite to its end. Afterwards no process of it is left, whether it succeeded or not.
 *
 * @throws {Error} when a subject fails, which makes the comparison void
 */
export async function runSuite(suite: Suite, run: SuiteRun): Promise<SuiteResult> {
  const startMs = run.now();
  run.onProgress?.(`starting ${suite.subjects.length} subjects`);
  const parameters = await suite.prepare?.(run.plan);
  const starting = suite.subjects.map((subject) => run.start(suite, subject, parameters));
  try {
    const subjects = await Promise.all(starting);
    return summarize(suite, await measure(subjects, run, startMs));
  } finally {
    await closeAll(starting);
  }
}

/** Gives, for each subject, the values of each of its rounds. */
async function measure(subjects: readonly RunningSubject[], run: SuiteRun, startMs: number): Promise<number[][][]> {
  const { plan, budgetMs, now } = run;
  run.onProgress?.('warming up');
  for (const subject of subjects) await subject.warmUp(run.isTimeUp() ? 0 : plan.warmUpMs);
  const values: number[][][] = subjects.map(() => []);
  const roundsStartMs = now();
  let rounds = 0;
  const more = (): boolean =>
    wantsAnotherRound(plan, { rounds, roundsMs: now() - roundsStartMs, suiteMs: now() - startMs, budgetMs, isTimeUp: run.isTimeUp() });
  while (more()) {
    run.onProgress?.(`round ${rounds + 1}`);
    for (const index of orderOfRound(rounds, subjects.length)) {
      // Invariant: orderOfRound gives indices of subjects, and `values` has one list for each of them.
      values[index]!.push([...(await subjects[index]!.turn(plan.turnMs))]);
    }
    rounds++;
  }
  return values;
}

function summarize(suite: Suite, values: readonly (readonly (readonly number[])[])[]): SuiteResult {
  const { id, question, unit, lowerIsBetter } = suite;
  const valuesOf = (name: string): readonly (readonly number[])[] => {
    // Invariant: `defineSuite` has checked that every ratio names subjects of the suite, and each of them has run.
    return values[suite.subjects.findIndex((subject) => subject.name === name)]!;
  };
  const roundsOf = (name: string): number[] => valuesOf(name).map(median);
  return {
    id,
    question,
    unit,
    lowerIsBetter,
    subjects: suite.subjects.map(({ name }) => ({ name, ...spreadOf(valuesOf(name), lowerIsBetter) })),
    ratios: suite.ratios.map((ratio) => {
      const { numerator, denominator } = ratio;
      return evaluateRatio(ratio, roundsOf(numerator), denominator === undefined ? undefined : roundsOf(denominator));
    }),
  };
}

/** Closes every subject that did start. */
async function closeAll(starting: readonly Promise<RunningSubject>[]): Promise<void> {
  const started = await Promise.allSettled(starting);
  await Promise.all(
    started.map(async (outcome) => {
      if (outcome.status === 'fulfilled') await outcome.value.close();
    }),
  );
}
