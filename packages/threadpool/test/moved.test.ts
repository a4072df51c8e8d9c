import { InlineExecutor, moved } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { echo } from './fixtures/basics.js';
import { bytesLeft, giveTwice, movePlain, picture, pixels, pixelsLater, pixelsOfChild, pixelsOfLoan, progressMoved, sharedCounts } from './fixtures/moved.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

const onePool = (): ThreadPool => new ThreadPool({ threads: 1 });
const sevens = (length: number): number[] => Array.from({ length }, () => 7);

describe('what a task says of its result with moved()', () => {
  test('moves without a copy; the rest of the result is copied', async () => {
    await using pool = onePool();
    const { pixels: moving, kept } = await pool.run(picture(16));
    expect([...moving, ...kept]).toEqual(sevens(32));
    expect(await pool.run(bytesLeft())).toEqual([0, 16]);
  });

  test.each([
    ['a plain body', pixels],
    ['an async body', pixelsLater],
    ['an awaited child', pixelsOfChild],
  ])('holds for %s', async (_, definition) => {
    await using pool = onePool();
    expect([...(await pool.run(definition(8)))]).toEqual(sevens(8));
    expect(await pool.run(bytesLeft())).toEqual([0]);
  });

  test('holds for each of many results in one message', async () => {
    await using pool = onePool();
    const arrays = await Promise.all(Array.from({ length: 200 }, (_, i) => pool.run(pixels(i + 1))));
    expect(arrays.map(({ byteLength }) => byteLength)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(new Set(await pool.run(bytesLeft()))).toEqual(new Set([0]));
  });

  test('holds for progress', async () => {
    await using pool = onePool();
    const handle = pool.submit(progressMoved(8));
    const reports: unknown[] = [];
    for await (const value of handle.progress) reports.push(value);
    expect(await handle.result).toBe(0);
    expect(reports).toEqual([new Uint8Array(8).fill(7)]);
  });

  test('holds for a call that another thread runs, and again for the task that hands it on', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const { array } = await pool.run(pixelsOfLoan(new Flag().memory, 8));
    expect([...array]).toEqual(sevens(8));
    // Each thread has given one away.
    const left = await Promise.all(Array.from({ length: 40 }, () => pool.run(bytesLeft())));
    expect(left.flat().every((bytes) => bytes === 0)).toBe(true);
  });

  test('fails the second task that gives the same buffer away, and no other', async () => {
    await using pool = onePool();
    const outcomes = await Promise.allSettled([pool.run(giveTwice()), pool.run(echo('bystander')), pool.run(giveTwice())]);
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: new Uint8Array(16) });
    expect(outcomes[1]).toEqual({ status: 'fulfilled', value: 'bystander' });
    expect(outcomes[2]).toMatchObject({
      status: 'rejected',
      reason: { code: 'ERR_HEDDLE_SERIALIZATION', message: expect.stringContaining('moved() lists an ArrayBuffer that was moved away before') },
    });
  });

  test('fails the task if it cannot be moved', async () => {
    await using pool = onePool();
    expect(await failureOf(pool.run(movePlain()))).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION', path: 'result' });
    expect(await pool.run(echo(1))).toBe(1);
  });

  test('changes nothing on executors of one thread', async () => {
    for (const executor of [new InlineExecutor(), new Multiplexer()]) {
      await using _ = executor;
      const { pixels: moving } = await executor.run(picture(4));
      expect([...moving]).toEqual(sevens(4));
    }
  });
});

describe('shared memory', () => {
  test('is the same memory on both sides, in arguments and results, through any view', async () => {
    await using pool = onePool();
    const memory = new SharedArrayBuffer(8);
    const { counts, words } = await pool.run(sharedCounts({ counts: new Int32Array(memory) }));
    expect(new Int32Array(memory)[0]).toBe(42);
    words[1] = 9;
    expect(counts[0]).toBe(42);
    expect(new Uint16Array(memory)[3]).toBe(9);
  });
});

describe('moved()', () => {
  test('gives the value itself, of its own type', () => {
    const value = { a: new Uint8Array(1), b: 'text' };
    const same = moved(value, [value.a.buffer]);
    expectTypeOf(same).toEqualTypeOf<{ a: Uint8Array<ArrayBuffer>; b: string }>();
    expect(same).toBe(value);
    expectTypeOf(moved(new Float64Array(1))).toEqualTypeOf<Float64Array<ArrayBuffer>>();
  });

  test('says what it expected', () => {
    expect(() => moved(5 as never)).toThrow('Expected moved() of an object, got the number 5');
    expect(() => moved({ a: 1 } as never)).toThrow('Expected moved(value, parts) with a list of what moves, because the value is no buffer but an object');
    expect(() => moved({}, ['x' as never])).toThrow("Expected what moves to be a list of objects, such as [pixels.buffer], got the string 'x'");
    expect(() => moved({}, new ArrayBuffer(1) as never)).toThrow('Expected what moves to be a list of objects, such as [pixels.buffer], got an ArrayBuffer');
    // @ts-expect-error -- what moves of a plain object has to be listed
    expect(() => moved({ a: 1 })).toThrow(TypeError);
  });
});
