/** The work-stealing rule: its schedules by hand, and what holds of all of them. */

import { spawn, task, yieldNow, type Call, type Coroutine, type TaskHandle } from '@heddle/core';
import { simulate, Simulator, work, workStealingRule, type Schedule, type VisitEvent, type WorkStealingOptions } from '@heddle/simulator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const fib = task(function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* spawn(fib(n - 1).with({ name: `fib(${n - 1})` }));
  const right = yield* fib(n - 2);
  return (yield* left) + right;
});

/** Awaits within a task do not move, as on the thread pool. */
function steal<R>(call: Call<R>, threads: number, costs: WorkStealingOptions = {}): Promise<Schedule<R>> {
  return simulate(call, { threads, rule: workStealingRule(costs), awaits: 'frame' });
}

/** `[tick, thread, task, event]` */
function timeline({ rows }: Schedule): readonly (readonly unknown[])[] {
  return rows.map(({ tick, thread, task: name, event }) => [tick, thread, name, event]);
}

describe('a schedule by hand', () => {
  test('a hungry thread is given what another one spawns, and the outcome comes back to the thread of the one that waits', async () => {
    const schedule = await steal(fib(3).with({ name: 'fib(3)' }), 2);
    expect(timeline(schedule)).toEqual([
      [0, 1, 'fib(3)', 'awaits'],
      [1, 2, 'fib(2)', 'awaits'],
      [2, 1, 'fib(1)', 'complete'],
      [3, 2, 'fib(2)', 'complete'],
      [4, 1, 'fib(3)', 'complete'],
    ]);
    expect(schedule.outcome).toEqual({ status: 'fulfilled', value: 2 });
  });

  test('costs keep the giving thread busy, and what it gives arrives after them', async () => {
    const schedule = await steal(fib(3).with({ name: 'fib(3)' }), 2, { spawnTicks: 1, lendTicks: 2, wakeTicks: 3, outcomeTicks: 4 });
    // Each step down takes a visit, a spawn, a loan and a wake-up: 7 ticks. Each step up takes a visit and an outcome: 5.
    expect(timeline(schedule)).toEqual([
      [0, 1, 'fib(3)', 'awaits'],
      [7, 2, 'fib(2)', 'awaits'],
      [14, 1, 'fib(1)', 'complete'],
      [19, 2, 'fib(2)', 'complete'],
      [24, 1, 'fib(3)', 'complete'],
    ]);
    expect(schedule.totals).toMatchObject({ instructions: 5, ticks: 25 });
  });

  const leaf = task(function* () {});
  const main = task(function* (names: readonly string[]): Coroutine<void> {
    const handles: TaskHandle<void>[] = [];
    for (const name of names) handles.push(yield* spawn(leaf().with({ name })));
    for (const handle of handles) yield* handle;
  });

  test('the owner takes the newest call, the hungry thread gets the oldest', async () => {
    expect(timeline(await steal(main(['a', 'b', 'c', 'd']).with({ name: 'main' }), 2))).toEqual([
      [0, 1, 'main', 'awaits'],
      [1, 1, 'd', 'complete'],
      [1, 2, 'a', 'complete'],
      [2, 1, 'main', 'awaits'],
      [3, 1, 'c', 'complete'],
      [3, 2, 'b', 'complete'],
      [4, 1, 'main', 'complete'],
    ]);
    expect(timeline(await steal(main(['a', 'b', 'c']).with({ name: 'main' }), 1)).map(([, , name]) => name)).toEqual(['main', 'c', 'b', 'a', 'main']);
  });

  test('spawning costs on one thread too', async () => {
    const { totals } = await steal(main(['a', 'b', 'c']), 1, { spawnTicks: 10, lendTicks: 1_000, wakeTicks: 1_000, outcomeTicks: 1_000 });
    expect(totals).toMatchObject({ instructions: 5, ticks: 35 });
  });

  test('a thread at work gives nothing until it comes to a scheduling point', async () => {
    const hold = task(function* () {
      yield* spawn(leaf().with({ name: 'first' }));
      yield* spawn(leaf().with({ name: 'second' }));
      yield* work(10);
    });
    expect(timeline(await steal(hold().with({ name: 'hold' }), 2))).toEqual([
      [1, 2, 'first', 'complete'],
      [10, 1, 'hold', 'awaits'],
      [11, 2, 'second', 'complete'],
      [12, 1, 'hold', 'complete'],
    ]);
  });

  test('a task that goes on again and again does not keep a call from starting for ever', async () => {
    const polling = task(function* () {
      const handle = yield* spawn(leaf());
      let polls = 0;
      for (; handle.state !== 'complete'; polls++) yield* yieldNow();
      return polls;
    });
    expect((await steal(polling(), 1)).outcome.status).toBe('fulfilled');
  });
});

test('calls that were cancelled before they began are forgotten, wherever they are', async () => {
  const leaf = task(function* () {});
  const cancelling = task(function* () {
    const onItsWay = yield* spawn(leaf());
    const athome = yield* spawn(leaf());
    onItsWay.cancel();
    athome.cancel();
    yield* yieldNow();
    // The thread that was to have the first one is hungry again.
    const next = yield* spawn(leaf());
    yield* work(5);
    return [onItsWay.state, athome.state, next.state];
  });
  const simulator = new Simulator({ threads: 2, rule: workStealingRule() });
  expect(await simulator.run(cancelling())).toEqual(['complete', 'complete', 'complete']);
  expect(simulator.stats()).toMatchObject({ queued: 0, cancelled: 2 });
  await simulator.close();
});

test('calls from outside go to threads that have nothing else, in order', async () => {
  const threads: number[] = [];
  const simulator = new Simulator({ threads: 3, rule: workStealingRule(), onInstruction: ({ thread }) => threads.push(thread) });
  const labour = task(function* () {
    yield* work(3);
  });
  await Promise.all([1, 2, 3, 4].map(() => simulator.run(labour())));
  expect(threads).toEqual([1, 2, 3, 1]);
  await simulator.close();
});

test.each([{ seed: -1 }, { spawnTicks: 0.5 }, { lendTicks: -1 }, { wakeTicks: -2 }, { outcomeTicks: Infinity }])('options out of range are refused: %o', (options) => {
  expect(() => workStealingRule(options)).toThrow(RangeError);
});

// -- any schedule --

/** What a task does: yields, then runs its children. */
interface Shape {
  readonly yields: number;
  readonly children: readonly Shape[];
}

function shapes(maxChildren: number, depth: number): fc.Arbitrary<Shape> {
  const children = depth === 0 ? fc.constant([]) : fc.array(shapes(maxChildren, depth - 1), { maxLength: maxChildren, size: 'max' });
  return fc.record({ yields: fc.nat({ max: 3 }), children });
}

/** Spawns all children but the last, runs that one in place, and joins the others. Gives how many tasks there were. */
const grow = task(function* ({ yields, children }: Shape): Coroutine<number> {
  for (let count = 0; count < yields; count++) yield* yieldNow();
  const handles: TaskHandle<number>[] = [];
  for (const child of children.slice(0, -1)) handles.push(yield* spawn(grow(child)));
  let tasks = 1;
  const last = children.at(-1);
  if (last !== undefined) tasks += yield* grow(last);
  for (const handle of handles) tasks += yield* handle;
  return tasks;
});

function countTasks({ children }: Shape): number {
  return children.reduce((sum, child) => sum + countTasks(child), 1);
}

function countSpawned({ children }: Shape): number {
  return children.reduce((sum, child) => sum + countSpawned(child), Math.max(0, children.length - 1));
}

function countYields({ yields, children }: Shape): number {
  return children.reduce((sum, child) => sum + countYields(child), yields);
}

/** Visits that must follow each other, from the beginning of the task on, without the visit under way. */
function leastSpan({ yields, children }: Shape): number {
  const spawned = children.slice(0, -1).map((child) => 1 + leastSpan(child));
  const last = children.at(-1);
  return yields + Math.max(0, ...spawned, last === undefined ? 0 : leastSpan(last));
}

const costs = fc.record({ seed: fc.nat(), spawnTicks: fc.nat({ max: 5 }), lendTicks: fc.nat({ max: 5 }), wakeTicks: fc.nat({ max: 5 }), outcomeTicks: fc.nat({ max: 5 }) });
const threadCounts = fc.integer({ min: 1, max: 12 });

describe('any schedule', () => {
  test('runs each task once, and takes no less than its work on all threads and its critical path', async () => {
    await fc.assert(
      fc.asyncProperty(shapes(4, 4), threadCounts, costs, async (shape, threads, options) => {
        const { rows, totals, outcome } = await steal(grow(shape), threads, options);
        expect(outcome).toEqual({ status: 'fulfilled', value: countTasks(shape) });
        const count = (event: VisitEvent): number => rows.filter((row) => row.event === event).length;
        // Nothing is visited in vain.
        expect([count('complete'), count('yields'), count('not ready')]).toEqual([1 + countSpawned(shape), countYields(shape), 0]);
        expect(totals.ticks).toBeGreaterThanOrEqual(totals.instructions / threads);
        expect(totals.ticks).toBeGreaterThanOrEqual(1 + leastSpan(shape));
      }),
    );
  });

  test('of tasks that fork in two, without costs, takes at most the work on all threads and twice the critical path', async () => {
    await fc.assert(
      fc.asyncProperty(shapes(2, 9), threadCounts, fc.nat(), async (shape, threads, seed) => {
        const { totals } = await steal(grow(shape), threads, { seed });
        const { totals: unbounded } = await steal(grow(shape), countTasks(shape));
        expect(totals.ticks).toBeLessThanOrEqual(totals.instructions / threads + 2 * unbounded.ticks);
      }),
      { numRuns: 300 },
    );
  });
});

test('a tree of eight thousand tasks on 1,024 threads keeps to the same bounds', async () => {
  const run = (threads: number) => simulate(fib(18), { threads, rule: workStealingRule(), awaits: 'frame', rows: false });
  const { totals, outcome } = await run(1_024);
  const { totals: unbounded } = await run(8_361);
  expect(outcome).toEqual({ status: 'fulfilled', value: 2_584 });
  expect(totals.ticks).toBeGreaterThanOrEqual(totals.instructions / 1_024);
  expect(totals.ticks).toBeLessThanOrEqual(totals.instructions / 1_024 + 2 * unbounded.ticks);
});
