/** The work of the suites of stealing, on one thread: what it comes to is what those suites rely on. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InlineExecutor } from '@heddle/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const inline = new InlineExecutor();

afterAll(() => inline.close());

function built<M>(module: string): Promise<M> {
  return import(pathToFileURL(join(import.meta.dirname, '../dist', module)).href) as Promise<M>;
}

describe('the merge sort', () => {
  it.each([0, 1, 2, 1_000, 32_768, 32_769, 65_537, 200_000, 300_001])('sorts %i numbers of the whole range, into either memory', async (length) => {
    const { mergeSort } = await built<typeof import('../src/workers/steal-mergesort.ts')>('workers/steal-mergesort.js');
    const bytes = length * Int32Array.BYTES_PER_ELEMENT;
    for (const isIntoSpare of [false, true]) {
      const [items, spare] = [new Int32Array(new SharedArrayBuffer(bytes)), new Int32Array(new SharedArrayBuffer(bytes))];
      let bits = length;
      for (let index = 0; index < length; index++) items[index] = bits = (Math.imul(bits, 1_664_525) + 1_013_904_223) | 0;
      const sorted = items.toSorted();
      await inline.run(mergeSort(items, spare, 0, length, isIntoSpare));
      expect(Buffer.from((isIntoSpare ? spare : items).buffer).equals(Buffer.from(sorted.buffer))).toBe(true);
    }
  });

  it('sorts few different numbers, the least and the greatest among them, within a part of the memory, and leaves the rest alone', async () => {
    const { mergeSort } = await built<typeof import('../src/workers/steal-mergesort.ts')>('workers/steal-mergesort.js');
    const few = fc.constantFrom(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(few, { maxLength: 200 }), fc.nat({ max: 9 }), async (numbers, from) => {
        const items = new Int32Array(new SharedArrayBuffer(4 * (from + numbers.length + 1))).fill(7);
        items.set(numbers, from);
        await inline.run(mergeSort(items, new Int32Array(new SharedArrayBuffer(items.byteLength)), from, from + numbers.length, false));
        const around = [Array.from({ length: from }, () => 7), [7]] as const;
        expect([...items]).toEqual([...around[0], ...numbers.toSorted((a, b) => a - b), ...around[1]]);
      }),
    );
  });
});

describe('trees of tasks', () => {
  it('count the ways to place queens', async () => {
    const { queens } = await built<typeof import('../src/workers/steal-queens.ts')>('workers/steal-queens.js');
    const ways = await Promise.all([5, 6, 7, 8, 9, 10].map((size) => inline.run(queens(2 ** size - 1, 0, 0, 0, 0))));
    expect(ways).toEqual([10, 4, 40, 92, 352, 724]);
  });

  it('count the nodes of an unbalanced tree as plain recursion does', async () => {
    const { countNodes, search } = await built<typeof import('../src/workers/steal-uts.ts')>('workers/steal-uts.js');
    const roots = [0, 1, 3_189_639_203, 2 ** 32 - 1];
    const counts = await Promise.all(roots.map((root) => inline.run(search(root, 5))));
    expect(counts).toEqual(roots.map((root) => countNodes(root, 5)));
    // The least hash has no child, the greatest one has as many as a node may have.
    expect(counts[0]).toBe(1);
    expect(counts[3]).toBeGreaterThan(100);
  });

  it('add up the branches of a skewed load', async () => {
    const { skew } = await built<typeof import('../src/workers/steal-skew.ts')>('workers/steal-skew.js');
    const { branchesOf, sumOfLeaves, workLeaves } = await built<typeof import('../src/workers/steal-skew-functions.ts')>('workers/steal-skew-functions.js');
    expect(branchesOf(1_000)).toEqual([901, ...Array.from({ length: 9 }, () => 11)]);
    expect(await inline.run(skew(100))).toBe(sumOfLeaves(100));
    expect(workLeaves(100)).toBe(sumOfLeaves(100));
  });

  it('count the tasks of nested Fibonacci calls', async () => {
    const { fib, fibByAwait, fibByJoin, fibBySpawn, fibonacci, fibTasks } = await built<typeof import('../src/workers/steal-fib.ts')>('workers/steal-fib.js');
    expect([0, 1, 2, 10].map((n) => fibTasks(n))).toEqual([1, 1, 3, 177]);
    expect(await inline.run(fib(12))).toBe(fibonacci(12));
    for (const each of [fibBySpawn, fibByJoin, fibByAwait]) expect(await inline.run(each(12))).toBe(144);
  });
});

describe('a walk', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'heddle-walk-'));
    for (const inner of ['a/b', 'a/c', 'd']) mkdirSync(join(directory, inner), { recursive: true });
    for (const [file, bytes] of [['one', 1], ['a/two', 2], ['a/b/four', 4], ['a/c/eight', 8]] as const) writeFileSync(join(directory, file), 'x'.repeat(bytes));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('finds the bytes of all files', async () => {
    const { bytesUnder, walk } = await built<typeof import('../src/workers/steal-walk.ts')>('workers/steal-walk.js');
    expect(await inline.run(walk([directory]))).toBe(15);
    expect(bytesUnder(directory)).toBe(15);
  });
});

describe('a prediction', () => {
  const costs = { stepNs: 100, spawnNs: 1_000, crowding: 2, lendNs: 0, wakeNs: 0, outcomeNs: 0 };

  it('on one thread is the sum of what all tasks cost, whether they are folded or not', async () => {
    const { predictFibMs } = await built<typeof import('../src/peers/steal-prediction.ts')>('peers/steal-prediction.js');
    for (const n of [5, 12, 16]) {
      const { fibTasks } = await built<typeof import('../src/workers/steal-fib.ts')>('workers/steal-fib.js');
      const ms = (fibTasks(n) * costs.stepNs + ((fibTasks(n) - 1) / 2) * costs.spawnNs) / 1e6;
      expect((await predictFibMs(n, 1, costs)) / ms).toBeCloseTo(1, 3);
    }
  });

  it('on two threads is half of it where they slow each other down by nothing, and all of it where they do so by half', async () => {
    const { predictFibMs } = await built<typeof import('../src/peers/steal-prediction.ts')>('peers/steal-prediction.js');
    const oneMs = await predictFibMs(22, 1, costs);
    expect((await predictFibMs(22, 2, { ...costs, crowding: 1 })) / oneMs).toBeCloseTo(0.5, 2);
    expect((await predictFibMs(22, 2, costs)) / oneMs).toBeCloseTo(1, 1);
  });
});

describe('plain piscina', () => {
  /** In a process of its own: piscina’s threads are to load the built functions. */
  function grow(...args: readonly number[]): { readonly result?: number; readonly begun: number; readonly queued: number } {
    const module = pathToFileURL(join(import.meta.dirname, '../dist/peers/nested-piscina.js')).href;
    const source = `const { openNestedPiscina } = await import('${module}');
      const pool = await openNestedPiscina(${args.join(', ')});
      console.log(JSON.stringify(await pool.grow(8)));
      await pool.close();`;
    return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' }));
  }

  it('stands still by its defaults when tasks wait for tasks of their own pool, and this is seen', () => {
    const { result, begun, queued } = grow(1);
    expect(result).toBeUndefined();
    expect(begun).toBeLessThanOrEqual(2);
    expect(queued).toBeGreaterThan(0);
  });

  it('comes to the result when it may have all of them under way', () => {
    // However slow the machine is, it does not stand still for so long.
    const standstillMs = 30_000;
    expect(grow(1_000, standstillMs)).toMatchObject({ result: 21, begun: 34, queued: 0 });
  });
});
