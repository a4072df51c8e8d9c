/** One seed, one trace: whatever is not real time is the same in every run. */

import { InlineExecutor, TraceRecorder, type Executor, type TraceEvent } from '@heddle/core';
import { seededRandom, type LocalExecutorOptions } from '@heddle/core/engine';
import { edf, fair, fifo, lifo, Multiplexer, priority, random, type PolicyFactory } from '@heddle/multiplexer';
import { VirtualClock } from '@heddle/testkit';
import { describe, expect, test } from 'vitest';
import { everything } from './everything.ts';

const RUNS = 10;
const SEEDS = [1, 2, 3];

/** Turns that are cut by real time would make each run another one: here they end when no task is ready. */
const budget = { ms: Infinity };
const multiplexer = (policy: PolicyFactory) => (options: LocalExecutorOptions) => new Multiplexer({ ...options, policy, budget });

const executors: [string, (options: LocalExecutorOptions, seed: number) => Executor][] = [
  ['the inline executor', (options) => new InlineExecutor(options)],
  ['fifo', multiplexer(fifo())],
  ['fifo with awaits by queue', (options) => new Multiplexer({ ...options, awaits: 'queue', budget })],
  ['lifo', multiplexer(lifo())],
  ['priority', multiplexer(priority({ agingMs: 10 }))],
  ['edf', multiplexer(edf())],
  ['fair', multiplexer(fair({ by: (item) => item.name }))],
  ['random', (options, seed) => multiplexer(random(seed))(options)],
];

/** What has happened, line by line. Ids count on through the whole process: so they are numbered by their first appearance. */
function linesOf(events: readonly TraceEvent[]): string[] {
  const numbers = new Map<string, number>();
  const numberOf = (id: string | undefined): number | undefined => {
    if (id === undefined) return undefined;
    if (!numbers.has(id)) numbers.set(id, numbers.size);
    return numbers.get(id);
  };
  return events.map(({ type, timeMs, name, taskId, parentId, causeId, detail, waitsFor }) =>
    [timeMs, numberOf(taskId), name, type, detail, numberOf(parentId), numberOf(causeId), waitsFor?.map(numberOf)].join(' '),
  );
}

async function trace(makeExecutor: (options: LocalExecutorOptions) => Executor, seed: number): Promise<{ lines: string; result: unknown }> {
  const clock = new VirtualClock();
  const recorder = new TraceRecorder();
  const elsewhere = new InlineExecutor({ clock, trace: recorder, thread: 1 });
  const executor = makeExecutor({ clock, trace: recorder });
  const next = seededRandom(seed);
  const result = executor.run(everything({ ms: () => 1 + Math.floor(next() * 20), elsewhere, now: () => clock.now() }));
  await clock.runUntilIdle();
  const value = await result;
  await Promise.all([executor.close(), elsewhere.close()]);
  expect(clock.pending).toEqual([]);
  return { lines: linesOf(recorder.events).join('\n'), result: value };
}

describe.each(executors)('a program of everything, on %s', (_name, makeExecutor) => {
  test.each(SEEDS)(`has one trace in ${RUNS} runs of seed %i`, async (seed) => {
    const first = await trace((options) => makeExecutor(options, seed), seed);
    // Not vacuous: all of it has run.
    expect(first.result).toMatchObject({ primitives: expect.any(Array), cancelled: true });
    expect(first.lines.split('\n').length).toBeGreaterThan(300);
    for (let run = 1; run < RUNS; run++) expect(await trace((options) => makeExecutor(options, seed), seed)).toEqual(first);
  });

  test('has another trace for another seed', async () => {
    const traces = await Promise.all(SEEDS.map(async (seed) => (await trace((options) => makeExecutor(options, seed), seed)).lines));
    expect(new Set(traces).size).toBe(SEEDS.length);
  });
});
