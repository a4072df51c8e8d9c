import { TaskDefinition } from '@heddle/core/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CostModel, LONG_BATCH_US, TaskCost } from '../src/main/cost-model.ts';

const definition = (name: string): TaskDefinition => new TaskDefinition(`file:///x.js#${name}`, name, () => 1, true, undefined);
const calls = (...of: TaskDefinition[]): { call: { definition: TaskDefinition } }[] => of.map((one) => ({ call: { definition: one } }));

describe('what a task costs', () => {
  test('is unknown at first, and then no two calls travel together', () => {
    const cost = new TaskCost();
    expect(cost).toMatchObject({ perItemUs: undefined, cap: 1 });
  });

  test('lets a batch at most double, and shrink at once, and never take longer than it should', () => {
    const measurement = fc.record({ perItemUs: fc.double({ min: 0, max: 1e6, noNaN: true }), fill: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(measurement, { minLength: 1, maxLength: 40 }), (measurements) => {
        const cost = new TaskCost();
        for (const { perItemUs, fill } of measurements) {
          const before = cost.cap;
          const count = Math.max(1, Math.round(before * fill));
          cost.learn(perItemUs * count, count);
          expect(cost.perItemUs).toBeGreaterThan(0);
          expect(Number.isInteger(cost.cap)).toBe(true);
          expect(cost.cap).toBeGreaterThanOrEqual(1);
          expect(cost.cap).toBeLessThanOrEqual(Math.min(before * 2, 1024));
          if (cost.cap > 1) expect(cost.cap * (cost.usualUs ?? 0)).toBeLessThanOrEqual(LONG_BATCH_US);
          // The estimate lies between what was known and what was measured, and never below the measurement.
          expect(cost.perItemUs).toBeGreaterThanOrEqual(perItemUs * (1 - 1e-9));
        }
      }),
    );
  });

  test('is erratic while a few long calls make up most of the work, and not when all calls are alike', () => {
    const cost = new TaskCost();
    for (let batch = 0; batch < 100; batch++) cost.learn(100, 100);
    expect(cost.isErratic).toBe(false);
    cost.learn(40_000, 1);
    for (let batch = 0; batch < 10; batch++) cost.learn(20, 20);
    expect(cost.isErratic).toBe(true);
    for (let batch = 0; batch < 100; batch++) cost.learn(100, 100);
    expect(cost.isErratic).toBe(false);
    const long = new TaskCost();
    for (let call = 0; call < 3_000; call++) {
      long.learn(1_000 + (call % 100), 1);
      expect(long.isErratic).toBe(false);
    }
  });

  test('sizes batches by what most calls take while it is erratic, and follows soon when all have become long', () => {
    const cost = new TaskCost();
    for (let batch = 0; batch < 10; batch++) cost.learn(100, 100);
    cost.learn(40_000, 100);
    expect(cost.isErratic).toBe(true);
    expect(cost.usualUs).toBe(4);
    expect(cost.expectedUs).toBeGreaterThan(39);
    expect(cost.expectedUs).toBeLessThan(42);
    expect(cost.cap).toBe(LONG_BATCH_US / 4);
    cost.learn(50, 50);
    expect(cost.usualUs).toBe(1);
    expect(cost.cap).toBe(1024);
    for (let batch = 0; batch < 7; batch++) cost.learn(10_000 * cost.cap, cost.cap);
    expect(cost.cap).toBe(1);
  });

  test('is not made erratic by a collection of garbage', () => {
    const cost = new TaskCost();
    for (let batch = 0; batch < 50; batch++) cost.learn(batch % 10 === 5 ? 3_000 : 500, 1_000);
    expect(cost.isErratic).toBe(false);
  });

  test('rises with one slow measurement and comes down by halves', () => {
    const cost = new TaskCost();
    cost.learn(100, 100);
    expect(cost.perItemUs).toBe(1);
    cost.learn(5_000, 1);
    expect(cost).toMatchObject({ perItemUs: 5_000, cap: 1 });
    cost.learn(1_000, 1);
    expect(cost.perItemUs).toBe(3_000);
  });
});

describe('a measured batch', () => {
  test('of one task teaches what that task costs', () => {
    const model = new CostModel();
    const one = definition('one');
    model.learn(calls(one, one, one, one), 40);
    expect(model.of(one).perItemUs).toBe(10);
  });

  test('of different tasks is shared out by what each was expected to take', () => {
    const model = new CostModel();
    const [cheap, dear] = [definition('cheap'), definition('dear')];
    model.of(cheap).learn(10, 10);
    model.of(dear).learn(900, 10);
    // Expected were 10 + 90 us; it took twice as long.
    model.learn(calls(...Array.from({ length: 10 }, () => cheap), dear), 200);
    expect(model.of(cheap).perItemUs).toBeCloseTo(2);
    expect(model.of(dear).perItemUs).toBeCloseTo(180);
  });

  test('with an unknown task gives that one what the others leave', () => {
    const model = new CostModel();
    const [known, unknown] = [definition('known'), definition('unknown')];
    model.of(known).learn(10, 10);
    model.learn(calls(known, known, unknown), 5_002);
    expect(model.of(known).perItemUs).toBe(1);
    expect(model.of(unknown).perItemUs).toBeCloseTo(5_000);
    model.learn(calls(known, definition('another')), 0.5);
    expect(model.of(known).perItemUs).toBe(1);
  });

  test('without a time teaches nothing', () => {
    const model = new CostModel();
    const one = definition('one');
    model.learn(calls(one), -1);
    model.learn([], 5);
    expect(model.of(one).perItemUs).toBeUndefined();
  });
});
