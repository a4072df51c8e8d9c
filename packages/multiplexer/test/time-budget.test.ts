import { task, until, yieldNow } from '@heddle/core';
import { Multiplexer, type Budget } from '@heddle/multiplexer';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
// Inside the package only: with a clock and a host of the test's own.
import { eventLoopTurns } from '../src/event-loop-turns.ts';
import { TurnBudget } from '../src/turn-budget.ts';

/** Set by a message, which arrives only if the event loop has a turn. */
let hasArrived = false;
let channel: MessageChannel;

beforeEach(() => {
  hasArrived = false;
  channel = new MessageChannel();
  channel.port1.once('message', () => {
    hasArrived = true;
  });
});

afterEach(() => {
  channel.port1.close();
});

const leaf = task(function* () {
  return 1;
});

const yieldUntilMessage = task(function* () {
  while (!hasArrived) yield* yieldNow();
});

const computeUntilMessage = task(function* () {
  let sum = 0;
  while (!hasArrived) sum += yield* leaf();
  return sum;
});

const hopUntilMessage = task(function* () {
  while (!hasArrived) yield* until(() => Promise.resolve());
});

const budgets: { name: string; budget: Budget | undefined }[] = [
  { name: 'the default budget', budget: undefined },
  { name: 'a budget of steps only', budget: { ms: Infinity, steps: 20 } },
  { name: 'a budget of time only', budget: { ms: 0.5 } },
  { name: 'both', budget: { ms: 1, steps: 1 } },
];

describe.each(budgets)('with $name the event loop has its turn', ({ budget }) => {
  test('while tasks are endlessly ready', async () => {
    await using multiplexer = new Multiplexer({ budget });
    const tasks = Array.from({ length: 10 }, () => multiplexer.run(yieldUntilMessage()));
    channel.port2.postMessage('go');
    await Promise.all(tasks);
  });

  test('while one task computes through direct awaits', async () => {
    await using multiplexer = new Multiplexer({ budget });
    channel.port2.postMessage('go');
    expect(await multiplexer.run(computeUntilMessage())).toBeGreaterThan(0);
  });

  test('while a task is woken by promises, in microtasks, over and over', async () => {
    await using multiplexer = new Multiplexer({ budget });
    channel.port2.postMessage('go');
    await multiplexer.run(hopUntilMessage());
  });
});

test('a task that computes through direct awaits makes way for its neighbours', async () => {
  await using multiplexer = new Multiplexer();
  let isDone = false;
  const compute = task(function* () {
    while (!isDone) yield* leaf();
    return 'made way';
  });
  const neighbour = task(() => {
    isDone = true;
  });
  expect(await Promise.all([multiplexer.run(compute()), multiplexer.run(neighbour())])).toEqual(['made way', undefined]);
});

test('a turn makes exactly as many steps as the budget has', async () => {
  await using multiplexer = new Multiplexer({ budget: { ms: Infinity, steps: 7 } });
  let steps = 0;
  const counting = task(function* () {
    while (steps < 100) {
      steps++;
      yield* yieldNow();
    }
  });
  const seen: number[] = [];
  const look = (): void => {
    seen.push(steps);
    if (steps < 50) setImmediate(look);
  };
  setImmediate(look);
  await Promise.all([multiplexer.run(counting()), multiplexer.run(counting())]);
  const gains = seen.map((count, index) => count - (seen[index - 1] ?? count - 7));
  expect(gains).toEqual(gains.map(() => 7));
});

describe('TurnBudget', () => {
  /** Spends steps of `stepMs` until the slice is over. */
  function slice(budget: TurnBudget, clock: { nowMs: number; reads: number }, stepMs: number): { steps: number; reads: number; tookMs: number } {
    const from = { ...clock };
    let steps = 0;
    budget.renew();
    budget.resume();
    do {
      clock.nowMs += stepMs;
      steps++;
    } while (budget.spend());
    budget.pause();
    return { steps, reads: clock.reads - from.reads, tookMs: clock.nowMs - from.nowMs };
  }

  function make(sliceMs: number, sliceSteps = Infinity): { budget: TurnBudget; clock: { nowMs: number; reads: number } } {
    const clock = { nowMs: 0, reads: 0 };
    const now = (): number => {
      clock.reads++;
      return clock.nowMs;
    };
    return { budget: new TurnBudget(sliceMs, sliceSteps, now), clock };
  }

  test.each([0.000_04, 0.001, 0.1, 1])('ends a slice of 2 ms soon after its time with steps of %d ms, and reads the clock seldom', (stepMs) => {
    const { budget, clock } = make(2);
    for (let warmUp = 0; warmUp < 3; warmUp++) slice(budget, clock, stepMs);
    const { steps, reads, tookMs } = slice(budget, clock, stepMs);
    expect(tookMs).toBeGreaterThanOrEqual(2 - 1e-9);
    expect(tookMs).toBeLessThanOrEqual(2 + Math.max(0.2, stepMs));
    expect(reads).toBeLessThanOrEqual(Math.max(45, steps / 100));
  });

  test('is exact again one slice after steps became a thousand times as long', () => {
    const { budget, clock } = make(2);
    slice(budget, clock, 0.000_1);
    expect(slice(budget, clock, 0.1).tookMs).toBeLessThanOrEqual(13);
    expect(slice(budget, clock, 0.1).tookMs).toBeLessThanOrEqual(2.2);
  });

  test('ends a slice at its last step, and never reads the clock without a limit of time', () => {
    const { budget, clock } = make(Infinity, 100);
    for (let round = 0; round < 3; round++) expect(slice(budget, clock, 1)).toEqual({ steps: 100, reads: 0, tookMs: 100 });
  });

  test('stays spent until it is renewed', () => {
    const { budget, clock } = make(2);
    slice(budget, clock, 1);
    expect(budget.isSpent).toBe(true);
    expect(budget.spend()).toBe(false);
    budget.renew();
    expect(budget.isSpent).toBe(false);
  });

  test('counts what was spent before a pause, and not the pause itself', () => {
    const { budget, clock } = make(2, 1_000);
    for (let turn = 0; turn < 3; turn++) {
      expect(budget.isSpent).toBe(false);
      budget.resume();
      clock.nowMs += 0.7;
      budget.spend();
      budget.pause();
      clock.nowMs += 50;
    }
    expect(budget.isSpent).toBe(true);
  });
});

describe('turns of the event loop', () => {
  test('come by MessageChannel where there is no setImmediate', async () => {
    let called = 0;
    const { promise, resolve } = withResolvers();
    const turns = eventLoopTurns(
      () => {
        called++;
        if (called < 3) turns.request();
        else resolve();
      },
      { MessageChannel: globalThis.MessageChannel as never, setTimeout },
    );
    turns.request();
    expect(called).toBe(0);
    await promise;
    turns.release();
    turns.release();
    expect(called).toBe(3);
  });

  test('come by setTimeout where there is nothing else', async () => {
    const { promise, resolve } = withResolvers();
    const turns = eventLoopTurns(resolve, { setTimeout });
    turns.request();
    await promise;
    turns.release();
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
