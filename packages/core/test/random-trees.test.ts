import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InlineExecutor, isCancelled, type Executor, type Outcome } from '@heddle/core';
import type { LocalExecutorOptions } from '@heddle/core/engine';
import { FakeClock } from './fake-clock.ts';
import { LifoExecutor } from './lifo-executor.ts';
import { expected, runTree, trees, type Tally, type Tree } from './random-tree.ts';
import { runs } from './runs.ts';
import { ShuffledExecutor } from './shuffled-executor.ts';

/** Awaits by queue, the article's order. */
class QueueingExecutor extends InlineExecutor {
  override readonly awaits = 'queue';
}

/** Longer than any program takes on the clock, its `finally` blocks included, and than the grace period. */
const LONG_MS = 100_000;

const executors: [string, (options: LocalExecutorOptions) => Executor][] = [
  ['the inline executor', (options) => new InlineExecutor(options)],
  ['an executor that awaits by queue', (options) => new QueueingExecutor(options)],
  ['an executor that runs the newest task first', (options) => new LifoExecutor(options)],
  ['an executor that runs any ready task', (options) => new ShuffledExecutor(1, options)],
];

/** When to cancel, and how long the program may clean up then. */
interface Cancellation {
  readonly atMs: number;
  readonly graceMs: number;
}

/** Runs `tree`, cancels it if so told, and returns how it ended. Whatever happens, nothing may be left. */
async function run(makeExecutor: (typeof executors)[number][1], tree: Tree, cancellation?: Cancellation): Promise<Outcome<unknown>> {
  const clock = new FakeClock();
  const executor = makeExecutor({ clock, graceMs: cancellation?.graceMs });
  const tally: Tally = { begun: 0, ended: 0 };
  const handle = executor.submit(runTree(tree, tally));
  handle.result.catch(() => {});
  if (cancellation !== undefined) {
    await clock.advance(cancellation.atMs);
    handle.cancel();
  }
  await clock.advance(LONG_MS);
  expect(handle.state).toBe('complete');
  expect(executor.snapshot().tasks).toEqual([]);
  expect(executor.stats()).toMatchObject({ queued: 0, running: 0, awaiting: 0 });
  expect(clock.armed).toBe(0);
  expect(tally.ended).toBe(tally.begun);
  await executor.close();
  return handle.outcome!; // Invariant: complete, see above.
}

const cancellations = fc.record({ atMs: fc.nat(12), graceMs: fc.constantFrom(0, 1, 2, 5_000) });

function fits(outcome: Outcome<unknown>, tree: Tree): void {
  const end = expected(tree);
  if ('value' in end) expect(outcome).toEqual({ status: 'fulfilled', value: end.value });
  else expect(end.errors).toContain((outcome as { reason?: { message?: unknown } }).reason?.message);
}

describe.each(executors)('a random program on %s', (_name, makeExecutor) => {
  it('comes to what a plain recursive function says', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        fits(await run(makeExecutor, tree), tree);
      }),
      { numRuns: runs(200) },
    );
  });

  it('comes to that or is cancelled, and leaves nothing behind, whenever it is cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(trees, cancellations, async (tree, cancellation) => {
        const outcome = await run(makeExecutor, tree, cancellation);
        if (outcome.status === 'rejected' && isCancelled(outcome.reason)) return;
        // What looks at failures may see the cancellation too; then the program goes on, in another way than the model's.
        if (!/"(?:catch|race|any|allSettled)"/.test(JSON.stringify(tree))) fits(outcome, tree);
      }),
      { numRuns: runs(200) },
    );
  });
});
