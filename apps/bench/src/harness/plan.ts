/** How long to measure. Time decides the number of rounds, because a peer's round may take a thousand times as long as ours. */

export interface Plan {
  /** How long each subject runs before anything counts, in milliseconds; at least one execution, and only one once time is up. */
  readonly warmUpMs: number;
  /** How long a subject repeats its work when its turn comes, in milliseconds; at least one execution. */
  readonly turnMs: number;
  readonly minRounds: number;
  readonly maxRounds: number;
  /** How long one suite may take, in milliseconds. */
  readonly suiteMs: number;
  /** How long all suites together may take, in milliseconds. */
  readonly totalMs: number;
  /** Whether rough figures are wanted: suites whose work takes seconds prepare less of it. */
  readonly isQuick: boolean;
}

/** For quoting: enough rounds for a steady median, in several minutes. */
export const FULL: Plan = { warmUpMs: 2_000, turnMs: 250, minRounds: 6, maxRounds: 30, suiteMs: 60_000, totalMs: Infinity, isQuick: false };

/** For a look while working: rough figures, and an end within two minutes with some time in reserve for a busy machine. */
export const QUICK: Plan = { warmUpMs: 250, turnMs: 60, minRounds: 2, maxRounds: 10, suiteMs: 10_000, totalMs: 70_000, isQuick: true };

/** Rounds that take so long or less go on to their mirror image even when time is up, in milliseconds: a pair tells far more than one. */
const CHEAP_ROUND_MS = 500;

/** Where a run stands. */
export interface Progress {
  /** Rounds that this suite has completed. */
  readonly rounds: number;
  /** How long those rounds took, in milliseconds. */
  readonly roundsMs: number;
  /** How long this suite has taken so far, start and warm-up included, in milliseconds. */
  readonly suiteMs: number;
  /** The suite's share of the time, in milliseconds. */
  readonly budgetMs: number;
  /** Whether the time for all suites is over. */
  readonly isTimeUp: boolean;
}

/** Gives one suite its share, in milliseconds: an equal part of what is left, so that a suite that took long costs all later ones a little. */
export function budgetOf(plan: Plan, elapsedMs: number, suitesLeft: number): number {
  return Math.min(plan.suiteMs, Math.max(0, plan.totalMs - elapsedMs) / suitesLeft);
}

/** Whether a suite goes on to another round. Rounds come in mirrored pairs (see `orderOfRound`), so a pair is completed unless time is up and it would take long. */
export function wantsAnotherRound(plan: Plan, { rounds, roundsMs, suiteMs, budgetMs, isTimeUp }: Progress): boolean {
  if (rounds === 0) return true;
  if (rounds >= plan.maxRounds) return false;
  if (rounds % 2 === 1) return !isTimeUp || roundsMs / rounds <= CHEAP_ROUND_MS;
  if (rounds < plan.minRounds) return !isTimeUp;
  const pairMs = (2 * roundsMs) / rounds;
  return suiteMs + pairMs <= budgetMs;
}
