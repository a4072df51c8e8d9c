import { describe, expect, test } from 'vitest';
import { findFlaw, type Circumstances } from './soak/model.ts';
import type { Plan } from './soak/plan.ts';
import { soak } from './soak/soak.ts';

/** A round of each weather. */
const TASKS = 1_750;

test('calls under random kills, exits, cancellations, time-outs and closes settle once, as they may, and leave nothing behind', { timeout: 300_000 }, async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  // A failure names the seed.
  const { tasks, moved } = await soak({ seed, tasks: TASKS, log: () => {} });
  expect(tasks).toBeGreaterThanOrEqual(TASKS);
  expect(moved).toBeGreaterThan(0);
});

describe('the model of the soak finds', () => {
  const plan: Plan = { body: 'weave', deed: { kind: 'all', value: 1, children: [{ kind: 'value', value: 2 }] }, options: {}, hasBadArgument: false, cancelAfter: undefined };
  const calm: Circumstances = { threadsDie: false, wasCancelled: false, runs: 1 };
  const value = (result: unknown): PromiseFulfilledResult<unknown> => ({ status: 'fulfilled', value: result });
  const failure = (error: object): PromiseRejectedResult => ({ status: 'rejected', reason: error });

  test.each([
    ['a wrong value', value(4), calm],
    ['a second run', value(3), { ...calm, runs: 2 }],
    ['a value without a run', value(3), { ...calm, runs: 0 }],
    ['a lost thread where none dies', failure({ code: 'ERR_HEDDLE_WORKER_LOST' }), calm],
    ['a cancellation that nobody asked for', failure({ code: 'ERR_HEDDLE_CANCELLED' }), calm],
    ['a time-out without a limit', failure({ code: 'ERR_HEDDLE_TIMEOUT', phase: 'run' }), calm],
    ['an error that nobody throws', failure(new RangeError('thrown 2')), calm],
  ])('%s', (_, outcome, around) => {
    expect(findFlaw(plan, outcome, around)).toMatch(/^Expected/);
  });

  test('nothing wrong with what may happen', () => {
    expect(findFlaw(plan, value(3), calm)).toBeUndefined();
    expect(findFlaw(plan, failure({ code: 'ERR_HEDDLE_WORKER_LOST' }), { ...calm, threadsDie: true })).toBeUndefined();
    expect(findFlaw(plan, failure({ code: 'ERR_HEDDLE_CANCELLED' }), { ...calm, wasCancelled: true })).toBeUndefined();
  });
});
