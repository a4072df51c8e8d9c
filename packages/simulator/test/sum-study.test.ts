/** The article's third example: 8 arrays on 8 threads, and Amdahl's bound. */

import { InlineExecutor } from '@heddle/core';
import { amdahlBound, sumArrays, sumStudy } from '@heddle/simulator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('the sum of 8 arrays on 8 threads', () => {
  test('is nearly 8 times as fast as on one, and exactly as fast as Amdahl’s law allows', async () => {
    const study = await sumStudy();
    // Eight arrays of 1,000 numbers, a visit and 1,000 additions each, and two visits of the task that starts and joins them.
    expect(study.oneThread.totals).toMatchObject({ instructions: 8 * 1_001 + 2, ticks: 8_010 });
    expect(study.manyThreads.totals).toMatchObject({ instructions: 8_010, ticks: 1_003 });
    expect(study.sum).toBe((7_999 * 8_000) / 2);
    expect(study.serialFraction).toBe(2 / 8_010);
    expect(study.speedUp).toBe(8_010 / 1_003);
    expect(study.bound).toBeCloseTo(study.speedUp, 10);
    expect(study.speedUp).toBeLessThan(8);
  });

  test('is held back by what only one thread can do', async () => {
    const study = await sumStudy({ setupTicks: 890 });
    expect(study.serialFraction).toBeCloseTo(0.1, 2);
    expect(study.bound).toBeCloseTo(4.7, 1);
    expect(study.speedUp).toBeCloseTo(study.bound, 10);
    expect(study.limit).toBeCloseTo(10, 0);
  });

  test('never beats Amdahl’s bound, whatever the arrays and the threads', async () => {
    const arrays = fc.array(fc.array(fc.integer(), { maxLength: 30 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(arrays, fc.integer({ min: 1, max: 12 }), fc.nat({ max: 40 }), async (each, threads, setupTicks) => {
        const study = await sumStudy({ arrays: each, threads, setupTicks });
        expect(study.sum).toBe(each.flat().reduce((sum, number) => sum + number, 0));
        expect(study.speedUp).toBeLessThanOrEqual(study.bound * (1 + Number.EPSILON * 8));
      }),
    );
  });

  test('is an ordinary call, which any executor runs', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(sumArrays([[1, 2, 3], [9, 1234, 3]], 0))).toBe(1252);
    await executor.close();
  });
});

describe('Amdahl’s bound', () => {
  test('is the number of threads without a serial part, and 1 with nothing else', () => {
    expect([amdahlBound(0, 8), amdahlBound(1, 8), amdahlBound(0.5, Infinity)]).toEqual([8, 1, 2]);
  });

  test('refuses fractions and thread counts that make no sense', () => {
    expect(() => amdahlBound(1.5, 8)).toThrow('Expected `serialFraction` to be a number of at least 0 and at most 1, got 1.5');
    expect(() => amdahlBound(0.5, 0)).toThrow('Expected `threads` to be a number of at least 1 (or Infinity), got 0');
  });
});
