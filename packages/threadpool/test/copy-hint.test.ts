import { findTask, task } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CostlyCopies, LEAST_COPY_US } from '../src/costly-copies.ts';
import type { Batch } from '../src/main/batch.ts';
import { CopyHint } from '../src/main/copy-hint.ts';
import { PoolTimes } from '../src/main/pool-stats.ts';
import { giveMany, lengthOf, manyObjects, quietLengthOf } from './fixtures/costly.js';

let warnings: { readonly code: string; readonly message: string }[] = [];
const note = (warning: Error): void => {
  const { code } = warning as { code?: string };
  if (code === 'HEDDLE_COSTLY_COPY') warnings.push({ code, message: warning.message });
};
beforeEach(() => {
  warnings = [];
  process.on('warning', note);
});
afterEach(() => {
  process.off('warning', note);
});

/** Warnings come on the next tick. */
const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

async function runSome(pool: ThreadPool, run: () => Promise<unknown>): Promise<void> {
  // The first call loads the module, which is not measured.
  for (let i = 0; i < 12; i++) await run();
  await pool.close();
  await nextTick();
}

describe('a task of which the data costs more to copy than it takes to run', () => {
  test('is reported once, for its arguments', async () => {
    for (let round = 0; round < 2; round++) {
      const pool = new ThreadPool({ threads: 1 });
      await runSome(pool, () => pool.run(lengthOf(manyObjects)));
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(/^Copying the arguments of task file:.*costly\.js#lengthOf to another thread takes [\d.]+ ms a call, and running it [\d.]+ ms\. Move large buffers with/);
  });

  test('is reported for its result', async () => {
    const pool = new ThreadPool({ threads: 1 });
    await runSome(pool, () => pool.run(giveMany()));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(/^Copying the result of task file:.*#giveMany .* Return large buffers with moved\(/);
  });

  test('is not reported with `copyHints: false`', async () => {
    const pool = new ThreadPool({ threads: 1, copyHints: false });
    await runSome(pool, () => pool.run(quietLengthOf(manyObjects)));
    expect(warnings).toEqual([]);
  });
});

describe('what counts as costly', () => {
  task(import.meta, 'measured', () => {});
  // Invariant: defined in the line before.
  const definition = findTask(`${import.meta.url}#measured`)!;
  const large = (): unknown => manyObjects;

  /** Ten calls that took as long to send as twenty should, and nothing to run. */
  const measure = (copies: CostlyCopies, data = large): unknown => copies.measured(definition, 10, 20 * LEAST_COPY_US, 0, data);

  test('is three messages in a row, if a copy made for the clock is too', () => {
    const copies = new CostlyCopies();
    expect([measure(copies), measure(copies)]).toEqual([null, null]);
    expect(measure(copies)).toMatchObject({ runUs: 0 });
    // Said once.
    expect(Array.from({ length: 20 }, () => measure(copies))).toEqual(Array.from({ length: 20 }, () => null));
  });

  test.each<[string, [count: number, copyUs: number, us: number]]>([
    ['that carries little a call', [100, 20 * LEAST_COPY_US, 0]],
    ['of which the calls run longer than they take to copy', [10, 20 * LEAST_COPY_US, 21 * LEAST_COPY_US]],
  ])('is not a message %s, which ends the row', (_, [count, copyUs, us]) => {
    const copies = new CostlyCopies();
    measure(copies);
    measure(copies);
    expect(copies.measured(definition, count, copyUs, us, large)).toBeNull();
    expect([measure(copies), measure(copies)]).toEqual([null, null]);
    expect(measure(copies)).not.toBeNull();
  });

  test('is not small data that was slow to send; that is looked at a few times and then left alone', () => {
    const copies = new CostlyCopies();
    let looks = 0;
    const small = (): unknown => {
      looks++;
      return [1, 2];
    };
    for (let i = 0; i < 100; i++) expect(measure(copies, small)).toBeNull();
    expect(looks).toBe(8);
  });

  test('is not data that was moved', () => {
    const copies = new CostlyCopies();
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    for (let i = 0; i < 10; i++) expect(measure(copies, () => buffer)).toBeNull();
  });

  test('leaves out messages of which the run time is not known', () => {
    const copies = new CostlyCopies();
    for (let i = 0; i < 5; i++) expect(copies.measured(definition, 1, 50 * LEAST_COPY_US, -1, large)).toBeNull();
  });
});

test('a message of which all calls were taken back counts for nothing', () => {
  const [hint, times] = [new CopyHint(), new PoolTimes()];
  const batch = { items: [], size: 0, remaining: 0, copyUs: 20 * LEAST_COPY_US, sentMs: 1, isTimed: false } as unknown as Batch;
  hint.retired(batch, 5);
  times.retired(batch, 5);
  expect([times.waitMs.count, times.runMs.count]).toEqual([0, 0]);
});
