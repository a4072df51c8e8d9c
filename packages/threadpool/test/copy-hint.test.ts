import { findTask, task } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CostlyCopies, LEAST_COPY_US } from '../src/costly-copies.ts';
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
  const costly = [10, 20 * LEAST_COPY_US, 5 * LEAST_COPY_US] as const;

  test('is three messages in a row', () => {
    const copies = new CostlyCopies();
    expect(copies.measured(definition, ...costly)).toBeNull();
    expect(copies.measured(definition, ...costly)).toBeNull();
    expect(copies.measured(definition, ...costly)).toEqual({ copyUs: 2 * LEAST_COPY_US, runUs: LEAST_COPY_US / 2 });
    expect(copies.measured(definition, ...costly)).toBeNull();
  });

  test.each<[string, [count: number, copyUs: number, us: number]]>([
    ['that carries little a call', [100, 20 * LEAST_COPY_US, 0]],
    ['of which the calls run longer than they take to copy', [10, 20 * LEAST_COPY_US, 21 * LEAST_COPY_US]],
  ])('is not a message %s, which ends the row', (_, cheap) => {
    const copies = new CostlyCopies();
    copies.measured(definition, ...costly);
    copies.measured(definition, ...costly);
    expect(copies.hasSuspects).toBe(true);
    expect(copies.measured(definition, ...cheap)).toBeNull();
    expect(copies.hasSuspects).toBe(false);
    expect(copies.measured(definition, ...costly)).toBeNull();
  });

  test('leaves out messages of which the run time is not known', () => {
    const copies = new CostlyCopies();
    for (let i = 0; i < 5; i++) expect(copies.measured(definition, 1, 50 * LEAST_COPY_US, -1)).toBeNull();
  });
});
