/** Ratios of subjects, taken pair by pair: what slows the machine down slows both halves of a round, and so cancels. */

import { median } from './statistics.ts';
import type { Ratio } from './suite.ts';

/** A ratio as measured. */
export interface RatioResult {
  readonly name: string;
  /** The median of the rounds' ratios, or of their values where there is no denominator. */
  readonly value: number;
  /** Of the rounds' ratios. */
  readonly min: number;
  readonly max: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Whether `value` is within the limits; `true` where none is set. */
  readonly holds: boolean;
}

/**
 * Evaluates a ratio.
 *
 * @param numerator the value of each round, in order
 * @param denominator the same for the other subject, if there is one
 * @throws {RangeError} when the two have not run the same rounds
 */
export function evaluateRatio(ratio: Ratio, numerator: readonly number[], denominator: readonly number[] | undefined): RatioResult {
  if (denominator !== undefined && numerator.length !== denominator.length) {
    throw new RangeError(`Expected both subjects of ratio '${ratio.name}' to have run the same rounds, got ${numerator.length} and ${denominator.length}`);
  }
  // Invariant: both lists have the same length.
  const quotients = denominator === undefined ? numerator : numerator.map((value, round) => value / denominator[round]!);
  const value = median(quotients);
  const { name, atLeast, atMost } = ratio;
  return {
    name,
    value,
    min: Math.min(...quotients),
    max: Math.max(...quotients),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(atMost === undefined ? {} : { atMost }),
    holds: (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost),
  };
}
