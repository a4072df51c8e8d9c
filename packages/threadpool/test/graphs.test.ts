import { InlineExecutor, type Executor, type Outcome, type TraceSink } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runGraph } from './fixtures/graphs.js';
import { expected, graphs, type Graph } from './graphs/graph.ts';
import { warmUp } from './warm-up.ts';

/** Graphs for each number of threads: some here, 50,000 in the long run (`pnpm -C packages/threadpool run soak:graphs`). */
const numRuns = Number(process.env['HEDDLE_GRAPHS'] ?? 1_000);

/** More would keep all threads busy by themselves, and nothing would be stolen. */
const AT_ONCE = 3;

const TIMEOUT_MS = process.env['HEDDLE_GRAPHS'] === undefined ? 120_000 : 3_600_000;

async function outcomeOn(executor: Executor<true>, graph: Graph): Promise<Outcome<unknown>> {
  const [outcome] = await Promise.allSettled([executor.run(runGraph(graph))]);
  return outcome;
}

/** An error only by what it says, because which of several comes first is a matter of the order of execution. */
function expectFits(outcome: Outcome<unknown>, graph: Graph): void {
  const end = expected(graph);
  if ('value' in end) expect(outcome).toEqual({ status: 'fulfilled', value: end.value });
  else expect(end.errors).toContain((outcome as { reason?: { message?: unknown } }).reason?.message);
}

/** As `expectFits` for both, and beyond that what is not a matter of order is the same. */
function expectSame(outcome: Outcome<unknown>, reference: Outcome<unknown>, graph: Graph): void {
  expectFits(reference, graph);
  expectFits(outcome, graph);
  expect(outcome.status).toBe(reference.status);
}

describe.each([2, 3])('a random graph of tasks on %i threads that steal from each other', (threads) => {
  test('comes to what it comes to on the inline executor', { timeout: TIMEOUT_MS }, async () => {
    let stolen = 0;
    const trace: TraceSink = {
      event: ({ type }) => {
        if (type === 'stolen') stolen++;
      },
    };
    await using inline = new InlineExecutor();
    await using pool = new ThreadPool({ threads, trace, copyHints: false });
    await warmUp(pool);
    await fc.assert(
      fc.asyncProperty(fc.array(graphs, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (some) => {
        await Promise.all(
          some.map(async (graph) => {
            expectSame(await outcomeOn(pool, graph), await outcomeOn(inline, graph), graph);
          }),
        );
      }),
      { numRuns: Math.ceil(numRuns / AT_ONCE) },
    );
    expect(stolen).toBeGreaterThan(0);
    const { completed, failed, cancelled, running, awaiting, queued } = pool.stats();
    expect({ running, awaiting, queued }).toEqual({ running: 0, awaiting: 0, queued: 0 });
    expect(completed + failed + cancelled).toBeGreaterThanOrEqual(numRuns);
  });
});
