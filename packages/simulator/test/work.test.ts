/** `work`: what a piece of code costs on a virtual thread. */

import { all, InlineExecutor, sleep, spawn, task } from '@heddle/core';
import { multiplexerRule, parkingRule, simulate, Simulator, threadPoolRule, work, type Schedule } from '@heddle/simulator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const labour = task(function* (ticks: number) {
  yield* work(ticks);
  return ticks;
});

const crew = task(function* (loads: readonly number[]) {
  const done = yield* all(loads.map((ticks, index) => labour(ticks).with({ name: `w${index}` })));
  return done.length;
});

/** `[tick, thread, task, event]` */
function timeline({ rows }: Schedule): readonly (readonly unknown[])[] {
  return rows.map(({ tick, thread, task: name, event }) => [tick, thread, name, event]);
}

describe('work', () => {
  test('keeps its thread busy while the others go on', async () => {
    const schedule = await simulate(crew([10, 2, 2]).with({ name: 'crew' }), { threads: 2 });
    expect(timeline(schedule)).toEqual([
      [0, 1, 'crew', 'awaits'],
      [3, 2, 'w1', 'complete'],
      [6, 2, 'w2', 'complete'],
      [11, 1, 'w0', 'complete'],
      [12, 1, 'crew', 'complete'],
    ]);
    expect(schedule.totals).toEqual({ instructions: 19, byThread: [13, 6], rounds: 5, ticks: 13, speedUp: 19 / 13 });
  });

  test('counts as instructions of its visit, several pieces together', async () => {
    const twice = task(function* () {
      yield* work(3);
      yield* work(4);
    });
    const { rows, totals } = await simulate(twice());
    expect(rows.map(({ event, workTicks }) => [event, workTicks])).toEqual([['complete', 7]]);
    expect(totals).toMatchObject({ instructions: 8, ticks: 8 });
  });

  test('lets effects before it be seen at once, and effects after it only then', async () => {
    const main = task(function* main() {
      yield* spawn(labour(0).with({ name: 'early' }));
      yield* work(5);
      yield* spawn(labour(0).with({ name: 'late' }));
    });
    const schedule = await simulate(main(), { threads: 2 });
    expect(timeline(schedule).slice(0, 3)).toEqual([
      [1, 2, 'early', 'complete'],
      [5, 1, 'main', 'awaits'],
      [6, 1, 'late', 'complete'],
    ]);
  });

  test('is over when a time-out cuts it short', async () => {
    const simulator = new Simulator({ tickMs: 1 });
    await expect(simulator.run(labour(1_000), { timeoutMs: 10 })).rejects.toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT' });
    expect(simulator.totals).toMatchObject({ instructions: 11, ticks: 11 });
    expect(await simulator.run(labour(1))).toBe(1);
    await simulator.close();
  });

  test('a timer that fires meanwhile wakes its task on time', async () => {
    const nap = task(function* nap() {
      yield* sleep(4);
    });
    const main = task(function* main() {
      yield* all([nap(), labour(10).with({ name: 'labour' })]);
    });
    const schedule = await simulate(main(), { threads: 2, tickMs: 1 });
    expect(timeline(schedule).filter(([, , name]) => name === 'nap')).toEqual([
      [1, 1, 'nap', 'awaits'],
      [5, 1, 'nap', 'complete'],
    ]);
  });

  test('costs nothing extra on other executors', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(crew([5, 0, 7]))).toBe(3);
    await executor.close();
  });

  test('must be a whole number of ticks', () => {
    expect(() => work(-1)).toThrow('Expected `ticks` to be an integer of at least 0, got -1');
    expect(() => work(0.5)).toThrow('Expected `ticks` to be an integer of at least 0, got 0.5');
  });

  test('is done in full under every rule, in no less time than the law of work and span allows', async () => {
    const rules = [
      { rule: () => multiplexerRule(), most: 1 },
      { rule: () => threadPoolRule('as printed'), most: 4 },
      { rule: () => threadPoolRule('literal FIFO'), most: 4 },
      { rule: () => parkingRule({ policy: 'lifo' }), most: 4 },
      { rule: () => parkingRule({ policy: 'random', seed: 5 }), most: 4 },
    ];
    const loads = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(loads, fc.constantFrom(...rules), fc.integer({ min: 1, max: 4 }), async (ticks, { rule, most }, count) => {
        const threads = Math.min(count, most);
        const { rows, totals, outcome } = await simulate(crew(ticks), { rule: rule(), threads });
        const total = ticks.reduce((sum, each) => sum + each, 0);
        expect(outcome).toEqual({ status: 'fulfilled', value: ticks.length });
        expect(rows.reduce((sum, row) => sum + row.workTicks, 0)).toBe(total);
        expect(totals.instructions).toBe(rows.length + total);
        expect(totals.byThread.reduce((sum, each) => sum + each, 0)).toBe(totals.instructions);
        expect(totals.ticks).toBeGreaterThanOrEqual(Math.max(Math.ceil(totals.instructions / threads), Math.max(...ticks) + 1));
      }),
    );
  });
});
