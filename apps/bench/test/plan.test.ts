import { budgetOf, QUICK, wantsAnotherRound, type Plan, type Progress } from '@heddle/bench/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const plan: Plan = { warmUpMs: 0, turnMs: 0, minRounds: 4, maxRounds: 10, suiteMs: 1_000, totalMs: 3_000, isQuick: false };
const fresh: Progress = { rounds: 0, roundsMs: 0, suiteMs: 0, budgetMs: 1_000, isTimeUp: false };

describe('the budget of a suite', () => {
  it('is what the plan allows while there is enough', () => {
    expect(budgetOf(plan, 0, 2)).toBe(1_000);
  });

  it('is an equal share of what is left when there is not', () => {
    expect(budgetOf(plan, 1_800, 3)).toBe(400);
    expect(budgetOf(plan, 5_000, 3)).toBe(0);
  });

  it('keeps all suites within the total when each of them keeps its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (suites, parts) => {
        let elapsedMs = 0;
        for (let left = suites; left > 0; left--) {
          // Invariant: the stream does not end.
          elapsedMs += budgetOf(QUICK, elapsedMs, left) * parts.next().value!;
        }
        expect(elapsedMs).toBeLessThanOrEqual(QUICK.totalMs + 1e-6);
      }),
    );
  });
});

describe('another round', () => {
  it('is always wanted first, even when time is up', () => {
    expect(wantsAnotherRound(plan, { ...fresh, isTimeUp: true, suiteMs: 9_000 })).toBe(true);
  });

  it('completes a mirrored pair and reaches the minimum, whatever the budget', () => {
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 5, roundsMs: 5_000, suiteMs: 5_000 })).toBe(true);
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 2, roundsMs: 5_000, suiteMs: 5_000 })).toBe(true);
  });

  it('is not wanted once the time for all suites is up, except to complete a pair that takes little', () => {
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 2, roundsMs: 10, suiteMs: 10, isTimeUp: true })).toBe(false);
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 1, roundsMs: 501, suiteMs: 501, isTimeUp: true })).toBe(false);
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 1, roundsMs: 499, suiteMs: 499, isTimeUp: true })).toBe(true);
  });

  it('is wanted while another pair fits into the budget', () => {
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 4, roundsMs: 400, suiteMs: 800 })).toBe(true);
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 4, roundsMs: 400, suiteMs: 801 })).toBe(false);
  });

  it('is not wanted beyond the maximum', () => {
    expect(wantsAnotherRound(plan, { ...fresh, rounds: 10 })).toBe(false);
  });
});
