import { median, percentile, spreadOf } from '@heddle/bench/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('the median', () => {
  it('is the middle of an odd number of values, in any order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two middle ones of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('has as many values on its one side as on its other', () => {
    fc.assert(
      fc.property(values, (list) => {
        const middle = median(list);
        const below = list.filter((value) => value < middle).length;
        const above = list.filter((value) => value > middle).length;
        expect(below).toBeLessThanOrEqual(list.length / 2);
        expect(above).toBeLessThanOrEqual(list.length / 2);
      }),
    );
  });

  it('leaves its argument as it was', () => {
    const list = [3, 1, 2];
    median(list);
    expect(list).toEqual([3, 1, 2]);
  });

  it('of no values is an error', () => {
    expect(() => median([])).toThrow('Expected at least one value, got none');
  });
});

describe('a percentile', () => {
  it('is by nearest rank: p99 of 1 to 200 is 198', () => {
    const list = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(list, 99)).toBe(198);
    expect(percentile(list, 50)).toBe(100);
    expect(percentile(list, 100)).toBe(200);
  });

  it('of few values is the greatest one', () => {
    expect(percentile([1, 2, 3], 99)).toBe(3);
  });

  it('is the smallest value that enough others do not exceed', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
        const needed = (percent / 100) * list.length;
        const countUpTo = (limit: number): number => list.filter((value) => value <= limit).length;
        const model = list.toSorted((a, b) => a - b).find((value) => countUpTo(value) >= needed);
        expect(percentile(list, percent)).toBe(model);
      }),
    );
  });
});

describe('the spread of a subject', () => {
  it('takes the median of the rounds, so that a round of many executions counts no more than another', () => {
    const { median: middle, rounds } = spreadOf([[1, 1, 1, 1, 1, 1], [5], [6]], true);
    expect(middle).toBe(5);
    expect(rounds).toBe(3);
  });

  it('takes p99, least and greatest from all executions', () => {
    const first = Array.from({ length: 100 }, (_, index) => index + 1);
    const second = Array.from({ length: 100 }, (_, index) => index + 101);
    expect(spreadOf([first, second], true)).toEqual({ median: 100.5, p99: 198, min: 1, max: 200, rounds: 2 });
  });

  it('looks for p99 at the low end where higher is better', () => {
    const all = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(spreadOf([all], false).p99).toBe(3);
  });
});
