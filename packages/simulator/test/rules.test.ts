/** Rules: the policies of parking, and rules of one's own. */

import { all, spawn, task, yieldNow } from '@heddle/core';
import { multiplexerRule, parkingRule, renderSchedule, simulate, Simulator, type RuleTask, type SchedulingRule, type SchedulingRuleFactory } from '@heddle/simulator';
import { describe, expect, test } from 'vitest';

const leaf = task(function* leaf() {});
const main = task(function* main() {
  yield* all(['a', 'bbb', 'cc', 'd'].map((name) => leaf().with({ name })));
});

async function order(rule: SchedulingRuleFactory): Promise<readonly string[]> {
  const { rows } = await simulate(main(), { rule });
  return rows.map((row) => row.task).filter((name) => name !== 'main');
}

describe('parking', () => {
  test('runs the longest ready first under fifo, the latest ready under lifo', async () => {
    expect(await order(parkingRule())).toEqual(['a', 'bbb', 'cc', 'd']);
    expect(await order(parkingRule({ policy: 'lifo' }))).toEqual(['d', 'cc', 'bbb', 'a']);
  });

  test('under random, one seed gives one order, and seeds give different ones', async () => {
    const orders = await Promise.all([...Array(20).keys()].map((seed) => order(parkingRule({ policy: 'random', seed }))));
    const again = await Promise.all([...Array(20).keys()].map((seed) => order(parkingRule({ policy: 'random', seed }))));
    expect(again).toEqual(orders);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(5);
    for (const each of orders) expect(each.toSorted()).toEqual(['a', 'bbb', 'cc', 'd']);
  });

  test('forgets a cancelled task, whether it has just arrived or waits already', async () => {
    const simulator = new Simulator({ rule: parkingRule({ policy: 'lifo' }) });
    const cancelling = task(function* () {
      const early = yield* spawn(leaf());
      early.cancel();
      const late = yield* spawn(leaf());
      yield* yieldNow();
      late.cancel();
      return [early.state, late.state];
    });
    expect(await simulator.run(cancelling())).toEqual(['complete', 'complete']);
    expect(simulator.stats()).toMatchObject({ queued: 0, cancelled: 2 });
    await simulator.close();
  });
});

describe('a rule of one’s own', () => {
  /** Shortest name first. */
  class ShortestFirst<T extends RuleTask> implements SchedulingRule<T> {
    readonly name = 'shortest name first';
    readonly #ready: T[] = [];
    add(added: T): void {
      this.#ready.push(added);
      this.#ready.sort((a, b) => a.name.length - b.name.length);
    }
    wake(woken: T): void {
      this.add(woken);
    }
    take(): T | undefined {
      return this.#ready.shift();
    }
    visited(visit: { task: T; event: string }): void {
      if (visit.event === 'yields') this.add(visit.task);
    }
    remove(removed: T): void {
      this.#ready.splice(this.#ready.indexOf(removed), 1);
    }
    queue(): readonly T[] {
      return this.#ready;
    }
  }

  test('needs twenty lines', async () => {
    expect(await order(() => new ShortestFirst())).toEqual(['a', 'd', 'cc', 'bbb']);
  });
});

describe('rendering', () => {
  test('tells failures, yields and other waits in the article’s form', async () => {
    const broken = task(function* broken() {
      yield* yieldNow();
      throw new Error('no');
    });
    const parent = task(function* parent() {
      yield* all([broken(), leaf()]);
    });
    expect(renderSchedule(await simulate(parent(), { rule: multiplexerRule() }))).toBe(
      `
Iteration 1:
parent awaits broken, leaf      | queue: [parent, broken, leaf]
broken ready --> yields         | queue: [parent, broken, leaf]
leaf ready --> complete!        | queue: [parent, broken]

Iteration 2:
parent not ready, awaiting broken       | queue: [parent, broken]
broken ready --> fails!                 | queue: [parent]

Iteration 3:
parent ready --> fails!       | queue: []

DONE!
`.trim(),
    );
  });

  test('gives one line for nothing at all', () => {
    expect(renderSchedule({ form: 'rounds', rows: [] })).toBe('DONE!');
  });
});
