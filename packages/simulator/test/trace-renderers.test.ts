/** Traces of the simulator, rendered: the table says what the schedule says, which keeps a queue of its own, and viewers take the rest. */

import { all, renderPerfetto, renderRows, renderTable, task, TraceRecorder, yieldNow } from '@heddle/core';
import { articleTasks, multiplexerRule, parkingRule, simulate, threadPoolRule, type SchedulingRuleFactory } from '@heddle/simulator';
import { readChromeTrace } from '@heddle/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callOf, trees } from './random-trees.ts';

const threadCounts = fc.integer({ min: 1, max: 4 });
const awaiting = fc.constantFrom<'queue' | 'frame'>('queue', 'frame');

const part = task(function* part(n: number) {
  yield* yieldNow();
  return n;
});

const sum = task(function* sum() {
  const [left, right] = yield* all([part(1).with({ name: 'left' }), part(2).with({ name: 'right' })]);
  return left + right;
});

describe('renderTable', () => {
  test('of tasks on two virtual threads names the thread', async () => {
    const trace = new TraceRecorder();
    await simulate(sum(), { threads: 2, trace });
    expect(renderTable(trace.events)).toBe(
      `
Thread 1 | sum awaits left, right     | Queue: [left, right]
Thread 1 | left ready --> yields      | Queue: [right, left]
Thread 2 | right ready --> yields     | Queue: [left, right]
Thread 1 | left ready --> complete!   | Queue: [right]
Thread 2 | right ready --> complete!  | Queue: [sum]
Thread 1 | sum ready --> complete!    | Queue: []

DONE!
`.trim(),
    );
  });

  test('of any tree of tasks tells the rows of its schedule, queue and all', async () => {
    await fc.assert(
      fc.asyncProperty(trees, threadCounts, fc.constantFrom<'fifo' | 'lifo'>('fifo', 'lifo'), awaiting, async (tree, threads, policy, awaits) => {
        const trace = new TraceRecorder();
        const { rows } = await simulate(callOf(tree), { rule: parkingRule({ policy }), threads, awaits, trace });
        const form = new Set(rows.map(({ thread }) => thread)).size > 1 ? 'rounds' : 'iterations';
        const unrounded = rows.map((row) => ({ ...row, round: undefined }));
        expect(renderTable(trace.events, { order: policy })).toBe(renderRows(unrounded, form));
      }),
      { numRuns: 500 },
    );
  });

  test('of the article’s multiplexer is its table without the visits that find a task not ready', async () => {
    const trace = new TraceRecorder();
    const { rows } = await simulate(articleTasks.main(), { rule: multiplexerRule(), trace });
    const visits = rows.filter(({ event }) => event !== 'not ready').map((row) => ({ ...row, round: undefined }));
    expect(renderTable(trace.events, { queue: 'live' })).toBe(renderRows(visits, 'iterations'));
  });
});

describe('renderPerfetto', () => {
  const rules = fc.constantFrom<() => SchedulingRuleFactory>(parkingRule, () => threadPoolRule('as printed'), () => threadPoolRule('literal FIFO'));

  test('of any tree of tasks, under any rule and on any number of threads, is sound', async () => {
    await fc.assert(
      fc.asyncProperty(trees, rules, threadCounts, awaiting, async (tree, rule, threads, awaits) => {
        const trace = new TraceRecorder();
        const { rows } = await simulate(callOf(tree), { rule: rule(), threads, awaits, trace, tickMs: 1 });
        const { problems, slices, arrows, counters } = readChromeTrace(renderPerfetto(trace.events, { stepMs: 1 }));
        expect(problems).toEqual([]);
        expect(slices.map(({ name, thread }) => `${name} on ${thread}`)).toEqual(rows.filter(({ event }) => event !== 'not ready').map(({ task, thread }) => `${task} on ${thread}`));
        // Every task but the first was spawned, and each one that began has an arrow to its beginning.
        const begun = new Set(slices.map(({ name }) => name));
        expect(arrows.filter(({ kind }) => kind === 'spawn').map(({ to }) => to.name).toSorted()).toEqual([...begun].filter((name) => name !== 't').toSorted());
        expect(counters.get('ready tasks')?.at(-1)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
