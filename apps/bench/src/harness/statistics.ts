/** The few statistics that reports quote. All of them are order statistics: one stray value on a busy machine moves none of them far. */

/** What a subject's values come to. */
export interface Spread {
  /** Of the rounds: each counts once, however many executions fitted into it. */
  readonly median: number;
  /** The value that 99 % of all executions reach or better: the slow tail, whichever direction is the slow one. */
  readonly p99: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/**
 * Gives the middle value, or the mean of the two middle ones.
 *
 * @throws {RangeError} when there are no values
 */
export function median(values: readonly number[]): number {
  const sorted = toSorted(values);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (at(sorted, middle - 1) + at(sorted, middle)) / 2 : at(sorted, Math.floor(middle));
}

/**
 * Gives the smallest value that at least `percent` per cent of all values do not exceed (nearest rank, so always one that occurred).
 *
 * @param percent more than 0, at most 100
 * @throws {RangeError} when there are no values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = toSorted(values);
  return at(sorted, Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1);
}

/**
 * Summarizes a subject.
 *
 * @param rounds the values of each round's executions; no round is empty
 */
export function spreadOf(rounds: readonly (readonly number[])[], lowerIsBetter: boolean): Spread {
  const sorted = toSorted(rounds.flat());
  // The tail lies at the bad end. Negated, a throughput's bad end is at the top too.
  const p99 = lowerIsBetter ? percentile(sorted, 99) : -percentile(sorted.map((value) => -value), 99);
  return { median: median(rounds.map(median)), p99, min: at(sorted, 0), max: at(sorted, sorted.length - 1), rounds: rounds.length };
}

function toSorted(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('Expected at least one value, got none');
  return values.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  // Invariant: callers stay within a list that is not empty.
  return sorted[index]!;
}
