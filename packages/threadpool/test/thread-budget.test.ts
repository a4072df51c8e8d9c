import { ThreadBudget, ThreadPool } from '@heddle/threadpool';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { add, block, whereAmI } from './fixtures/basics.js';
import { cool } from './fixtures/thread-life.js';
import { flags, Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

/** A pool without threads: takes what it wants, and gives up one when asked, at once or later. */
class FakePool {
  wanted = 0;
  /** Threads that will end. */
  ending = 0;
  readonly account;

  constructor(budget: ThreadBudget) {
    this.account = budget.open({
      granted: () => this.balance(),
      release: () => {
        if (this.wanted <= 1 || this.account.held - this.ending <= 1) return false;
        this.wanted--;
        this.ending++;
        return true;
      },
    });
  }

  balance(): void {
    while (this.account.held - this.ending < this.wanted && this.account.take());
  }

  end(): void {
    if (this.ending === 0) return;
    this.ending--;
    this.account.giveBack();
    this.balance();
  }
}

describe('a budget', () => {
  test('refuses what is no number of threads', () => {
    expect(() => new ThreadBudget(0)).toThrow(RangeError);
    expect(() => new ThreadBudget('4' as unknown as number)).toThrow(TypeError);
  });

  test('ends up with equal shares when all want more than there is', () => {
    const budget = new ThreadBudget(9);
    const pools = Array.from({ length: 3 }, () => new FakePool(budget));
    for (const pool of pools) {
      pool.wanted = 9;
      pool.balance();
    }
    for (let round = 0; round < 20; round++) for (const pool of pools) pool.end();
    expect(pools.map(({ account }) => account.held)).toEqual([3, 3, 3]);
    expect(budget.used).toBe(9);
  });

  test('holds whatever pools want, and gives every pool that wants one a thread', () => {
    const step = fc.record({ pool: fc.nat(3), action: fc.constantFrom('want', 'less', 'end'), count: fc.nat(6) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 60 }), (threads, steps) => {
        const budget = new ThreadBudget(threads);
        const pools = Array.from({ length: 4 }, () => new FakePool(budget));
        for (const { pool: index, action, count } of steps) {
          // Invariant: `fc.nat(3)` is an index of the four pools.
          const pool = pools[index]!;
          if (action === 'want') {
            pool.wanted = Math.max(pool.wanted, count);
            pool.balance();
          } else if (action === 'less') {
            const surplus = Math.max(0, pool.account.held - pool.ending - count);
            pool.ending += surplus;
            pool.wanted = Math.min(pool.wanted, count);
          } else pool.end();
          expect(budget.used).toBe(pools.reduce((sum, { account }) => sum + account.held, 0));
          // Beyond the budget are only first threads.
          const extra = pools.reduce((sum, { account }) => sum + Math.max(0, account.held - 1), 0);
          expect(extra).toBeLessThanOrEqual(Math.max(0, threads - 1));
          for (const { wanted, account } of pools) if (wanted > 0) expect(account.held).toBeGreaterThan(0);
        }
        // Once all that is to end has ended, nobody waits while there is room.
        while (pools.some(({ ending }) => ending > 0)) for (const pool of pools) pool.end();
        if (budget.used < threads) for (const { wanted, account } of pools) expect(account.held).toBeGreaterThanOrEqual(wanted);
      }),
      { verbose: true },
    );
  });
});

describe('pools that share a budget', () => {
  test('come down to it when first threads have overdrawn it, and finish all the same', async () => {
    const budget = new ThreadBudget(2);
    const ended = new Counter();
    await using one = new ThreadPool({ threads: { min: 0, max: 2, idleTimeoutMs: Infinity }, budget, teardown: cool(ended.memory) });
    await warmUp(one);
    await using other = new ThreadPool({ threads: { min: 0, max: 2 }, budget });
    const sums = [one, other].flatMap((pool) => Array.from({ length: 200 }, (_, i) => pool.run(add(i, 1))));
    expect(budget.used).toBe(2);
    expect(await Promise.all(sums)).toHaveLength(400);
    await ended.reached(1);
  });

  test('a pool gets its first thread though another one has all of them', async () => {
    const budget = new ThreadBudget(2);
    await using rich = new ThreadPool({ threads: 2, budget });
    await using poor = new ThreadPool({ threads: { min: 0, max: 2 }, budget });
    const [started, go] = [flags(2), new Flag()];
    const blocked = started.map((flag) => rich.run(block(flag.memory, go.memory)));
    await Promise.all(started.map((flag) => flag.raised()));
    // The rich pool works for as long as the poor one has not answered: no such pair waits for ever.
    expect(await poor.run(add(1, 2))).toBe(3);
    go.raise();
    await Promise.all(blocked);
  });

  test('a pool gives up a thread that another one needs more, once it has finished what it holds', async () => {
    const budget = new ThreadBudget(4);
    const ended = new Counter();
    await using rich = new ThreadPool({ threads: { min: 1, max: 4, idleTimeoutMs: Infinity }, budget, teardown: cool(ended.memory) });
    await warmUp(rich);
    expect(budget.used).toBe(4);
    await using poor = new ThreadPool({ threads: { min: 0, max: 2 }, budget });
    // Two at the same time: only with a second thread of its own.
    expect(new Set(await warmUp(poor)).size).toBe(2);
    expect(ended.value).toBe(2);
    expect(budget.used).toBe(4);
    expect(await rich.run(whereAmI())).toBeGreaterThan(0);
  });

  test('a pool that closes leaves its share to the others', async () => {
    const budget = new ThreadBudget(2);
    const first = new ThreadPool({ threads: 2, budget });
    await using second = new ThreadPool({ threads: 2, budget });
    expect(budget.used).toBe(3);
    await first.close();
    expect(new Set(await warmUp(second)).size).toBe(2);
    expect(budget.used).toBe(2);
  });
});
