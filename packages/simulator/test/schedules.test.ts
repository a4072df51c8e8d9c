/** What holds of every schedule: of any tasks, under any rule, on any number of threads. */

import { InlineExecutor, TraceRecorder, type Outcome } from '@heddle/core';
import {
  multiplexerRule,
  parkingRule,
  simulate,
  threadPoolRule,
  workStealingRule,
  type Instruction,
  type Schedule,
  type SchedulingRuleFactory,
  type SimulateOptions,
} from '@heddle/simulator';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callOf, trees, type Tree } from './random-trees.ts';

const threadCounts = fc.integer({ min: 1, max: 5 });
const polling = fc.constantFrom<() => SchedulingRuleFactory>(
  () => threadPoolRule('as printed'),
  () => threadPoolRule('literal FIFO'),
);
const parking = fc
  .record({ policy: fc.constantFrom('fifo', 'lifo', 'random'), seed: fc.nat() })
  .map((options) => () => parkingRule(options));

const ticks = fc.nat({ max: 3 });
const stealing = fc
  .record({ seed: fc.nat(), spawnTicks: ticks, lendTicks: ticks, wakeTicks: ticks, outcomeTicks: ticks })
  .map((options) => () => workStealingRule(options));

/** Any rule with a thread count that suits it. */
const modes: fc.Arbitrary<() => SimulateOptions> = fc.oneof(
  fc.constant(() => ({ rule: multiplexerRule(), threads: 1 })),
  fc.record({ rule: fc.oneof(polling, parking, stealing), threads: threadCounts, awaits: fc.constantFrom('queue', 'frame') }).map((mode) => () => ({
    ...mode,
    rule: mode.rule(),
  })),
);

async function inlineOutcome(tree: Tree): Promise<Outcome<string>> {
  const executor = new InlineExecutor();
  const [outcome] = await Promise.allSettled([executor.run(callOf(tree))]);
  await executor.close();
  return outcome;
}

function isEnd({ event }: Instruction): boolean {
  return event === 'complete' || event === 'fails' || event === 'cancelled';
}

test('any tree of tasks comes to the inline executor’s outcome, under every rule and thread count', async () => {
  await fc.assert(
    fc.asyncProperty(trees, modes, async (tree, mode) => {
      const schedule = await simulate(callOf(tree), mode());
      expect(schedule.outcome).toEqual(await inlineOutcome(tree));
    }),
    { numRuns: 300 },
  );
});

test('the totals are those of the rows, and no task ends twice', async () => {
  await fc.assert(
    fc.asyncProperty(trees, modes, async (tree, mode) => {
      const { rows, totals, threads } = await simulate(callOf(tree), mode());
      expect(totals.instructions).toBe(rows.length);
      expect(totals.byThread).toEqual(Array.from({ length: threads }, (_, index) => rows.filter((row) => row.thread === index + 1).length));
      expect(totals.rounds).toBe(rows.at(-1)?.round);
      const ended = rows.filter(isEnd).map((row) => row.task);
      expect(new Set(ended).size).toBe(ended.length);
      expect(rows.at(-1)).toMatchObject({ task: 't', queue: [] });
    }),
  );
});

test('under the article’s thread pool every instruction visits the head of the queue', async () => {
  await fc.assert(
    fc.asyncProperty(trees, polling, threadCounts, async (tree, rule, threads) => {
      const { rows } = await simulate(callOf(tree), { rule: rule(), threads });
      expect(rows.slice(1).map((row) => row.task)).toEqual(rows.slice(0, -1).map((row) => row.queue[0]));
    }),
  );
});

test('under parking one thread visits the head of the queue, and never a task that is not ready', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.constantFrom('fifo', 'lifo'), async (tree, policy) => {
      const { rows } = await simulate(callOf(tree), { rule: parkingRule({ policy }) });
      expect(rows.slice(1).map((row) => row.task)).toEqual(rows.slice(0, -1).map((row) => row.queue[0]));
      expect(rows.filter((row) => row.event === 'not ready')).toEqual([]);
    }),
  );
});

test('under the multiplexer rule each iteration visits every task of the queue once, in order, those added meanwhile included', async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const { rows } = await simulate(callOf(tree), { rule: multiplexerRule() });
      let queue: readonly string[] = ['t'];
      let cursor = 0;
      let round = 1;
      for (const row of rows) {
        if (cursor >= queue.length) {
          cursor = 0;
          round++;
        }
        expect([row.round, row.task]).toEqual([round, queue[cursor]]);
        // A task that has ended leaves from under the cursor; one that was cancelled before its first visit, from after it.
        if (!isEnd(row)) cursor++;
        queue = row.queue;
      }
    }),
  );
});

test('each round gives every thread at most one instruction, in thread order', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.oneof(polling, parking, stealing), threadCounts, async (tree, rule, threads) => {
      const { rows } = await simulate(callOf(tree), { rule: rule(), threads });
      rows.slice(1).forEach((row, index) => {
        const before = rows[index];
        expect(row.round > (before?.round ?? 0) || row.thread > (before?.thread ?? 0)).toBe(true);
      });
    }),
  );
});

test('the same seed gives the same rows and the same trace', async () => {
  await fc.assert(
    fc.asyncProperty(trees, modes, async (tree, mode) => {
      const [first, second] = [await traced(tree, mode()), await traced(tree, mode())];
      expect(second).toEqual(first);
    }),
  );
});

/** The rows and the trace, with tasks numbered by their first appearance: ids are unique within the process. */
async function traced(tree: Tree, mode: SimulateOptions): Promise<unknown> {
  const trace = new TraceRecorder();
  const { rows, totals }: Schedule = await simulate(callOf(tree), { ...mode, trace });
  const ids = [...new Set(trace.events.map((event) => event.taskId))];
  const numbered = (id: string | undefined): number | undefined => (id === undefined ? undefined : ids.indexOf(id));
  const events = trace.events.map((event) => ({
    ...event,
    taskId: numbered(event.taskId),
    parentId: numbered(event.parentId),
    causeId: numbered(event.causeId),
    waitsFor: event.waitsFor?.map(numbered),
  }));
  return { rows, totals, events };
}
