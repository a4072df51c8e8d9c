import { evaluateRatio, type Ratio } from '@heddle/bench/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const ratio: Ratio = { name: 'ours / theirs time', numerator: 'ours', denominator: 'theirs' };

describe('a ratio', () => {
  it('is the median of the quotients of each round, not the quotient of the medians', () => {
    // Quotients 2, 10 and 0.5; the medians are 20 and 10.
    const { value, min, max } = evaluateRatio(ratio, [20, 100, 5], [10, 10, 10]);
    expect(value).toBe(2);
    expect([min, max]).toEqual([0.5, 10]);
    expect(evaluateRatio(ratio, [1, 100], [1, 10]).value).toBe(5.5);
  });

  it('does not see what slows down both halves of a round', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 }), (slowdowns) => {
        const ours = slowdowns.map((slowdown) => 3 * slowdown);
        const theirs = slowdowns.map((slowdown) => 4 * slowdown);
        expect(evaluateRatio(ratio, ours, theirs).value).toBeCloseTo(0.75, 9);
      }),
    );
  });

  it('holds at its limit and not beyond it', () => {
    const holds = (limits: Partial<Ratio>, value: number): boolean => evaluateRatio({ ...ratio, ...limits }, [value], [1]).holds;
    expect(holds({ atLeast: 40 }, 40)).toBe(true);
    expect(holds({ atLeast: 40 }, 39.9)).toBe(false);
    expect(holds({ atMost: 1.3 }, 1.3)).toBe(true);
    expect(holds({ atMost: 1.3 }, 1.31)).toBe(false);
    expect(holds({ atLeast: 1, atMost: 2 }, 2.5)).toBe(false);
    expect(holds({ atLeast: 1, atMost: 2 }, 1.5)).toBe(true);
  });

  it('holds where no limit is set, and reports none', () => {
    expect(evaluateRatio(ratio, [7], [1])).toEqual({ name: ratio.name, value: 7, min: 7, max: 7, holds: true });
  });

  it('without a denominator is the median of the values themselves', () => {
    const bytes: Ratio = { name: 'ours, bytes', numerator: 'ours', atMost: 220 };
    expect(evaluateRatio(bytes, [200, 240, 210], undefined)).toEqual({ name: 'ours, bytes', value: 210, min: 200, max: 240, atMost: 220, holds: true });
    expect(evaluateRatio(bytes, [230], undefined).holds).toBe(false);
  });

  it('of subjects that ran different rounds is an error', () => {
    expect(() => evaluateRatio(ratio, [1, 2], [1])).toThrow('the same rounds, got 2 and 1');
  });
});
