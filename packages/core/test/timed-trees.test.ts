/** Groups, races, cancellations, shields and failing finalisers in virtual time, against a model. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InlineExecutor, type Executor } from '@heddle/core';
import type { LocalExecutorOptions } from '@heddle/core/engine';
import { FakeClock } from './fake-clock.ts';
import { LifoExecutor } from './lifo-executor.ts';
import { runs } from './runs.ts';
import { ShuffledExecutor } from './shuffled-executor.ts';
import { isFailure, modelOf } from './timed-model.ts';
import { runTimed, timedTrees, type Timed, type World } from './timed-tree.ts';

/** Longer than any program takes. */
const LONG_MS = 2 ** 44;

const executors: [string, (options: LocalExecutorOptions) => Executor][] = [
  ['first in, first out', (options) => new InlineExecutor(options)],
  ['last in, first out', (options) => new LifoExecutor(options)],
  ['in random order', (options) => new ShuffledExecutor(1, options)],
];

/** What an error is called, and what is kept with it. */
function describeError(error: unknown): { name: string; kept: Set<string> } {
  const kept = new Set<string>();
  const pending = [error];
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    const { suppressed = [], errors = [] } = each as { suppressed?: unknown[]; errors?: unknown[] };
    pending.push(...suppressed, ...errors);
    if (each !== error) kept.add(nameOf(each));
  }
  return { name: nameOf(error), kept };
}

function nameOf(error: unknown): string {
  const { name, message, limitMs } = error as { name: string; message: string; limitMs?: number };
  if (name === 'TaskTimeoutError') return `timeout ${limitMs}`;
  return name === 'AbortError' ? 'cancelled' : name === 'AggregateError' || error instanceof AggregateError ? 'aggregate' : message;
}

async function check(makeExecutor: (options: LocalExecutorOptions) => Executor, tree: Timed, cancelAt: number): Promise<void> {
  const end = modelOf(tree, Infinity)?.atMs ?? 0;
  // Half a millisecond past a whole one: nothing else happens then.
  const cancelAtMs = Math.floor(cancelAt * end) + 0.5;
  const expected = modelOf(tree, cancelAtMs);
  fc.pre(expected !== null);
  // Invariant: `pre` has thrown otherwise.
  if (expected === null) return;
  const clock = new FakeClock();
  const options = { clock, graceMs: LONG_MS };
  const world: World = { clock, elsewhere: makeExecutor(options), notes: [], thrown: new Set() };
  const executor = makeExecutor(options);
  const handle = executor.submit(runTimed(tree, world));
  let endedAtMs = NaN;
  const ended = handle.result.then(() => {}, () => {}).then(() => (endedAtMs = clock.now()));
  clock.setTimer(() => handle.cancel(), cancelAtMs);
  await clock.advance(LONG_MS / 2);
  expect(handle.state).toBe('complete');
  await ended;

  const notes = world.notes.toSorted((one, other) => parseFloat(one) - parseFloat(other));
  const expectedNotes = [...expected.notes].toSorted((one, other) => parseFloat(one) - parseFloat(other));
  expect({ endedAtMs, notes }).toEqual({ endedAtMs: expected.atMs, notes: expectedNotes });
  if (handle.outcome?.status !== 'rejected') {
    expect(handle.outcome).toEqual({ status: 'fulfilled', ...expected.outcome });
  } else {
    const { name, kept } = describeError(handle.outcome.reason);
    if (!isFailure(expected.outcome)) throw new Error(`Expected the value ${JSON.stringify(expected.outcome.value)}, got ${name}`);
    expect(name).toBe(expected.outcome.name);
    expect([...expected.outcome.kept].filter((one) => !kept.has(one))).toEqual([]);
    expect([...kept].filter((one) => one.startsWith('error') && !world.thrown.has(one))).toEqual([]);
  }
  expect(clock.armed).toBe(0);
  for (const each of [executor, world.elsewhere]) expect(each.stats()).toMatchObject({ queued: 0, running: 0, awaiting: 0 });
}

describe.each(executors)('a random program in virtual time, %s', (_order, makeExecutor) => {
  it('comes to what the model says, at that moment, having run what the model says', async () => {
    await fc.assert(
      fc.asyncProperty(timedTrees, fc.double({ min: 0, max: 1.05, noNaN: true }), async (tree, cancelAt) => {
        await check(makeExecutor, tree, cancelAt);
      }),
      { numRuns: runs(100) },
    );
  });
});
