import { ThreadPool } from '@heddle/threadpool';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import { add, addCoroutine, addLater, callHidden, contextOf, countArguments, echo, environment, firstByte, report, whereAmI } from './fixtures/basics.js';

const pool = new ThreadPool({ threads: 2 });
afterAll(() => pool.close());

describe('bodies', () => {
  test('a plain function runs on another thread', async () => {
    expect(await pool.run(add(1, 2))).toBe(3);
    expect(await pool.run(whereAmI())).toBeGreaterThan(0);
  });

  test('an async function is awaited', async () => {
    expect(await pool.run(addLater(1, 2))).toBe(3);
  });

  test('a coroutine suspends and awaits other tasks', async () => {
    expect(await pool.run(addCoroutine(1, 2))).toBe(3);
  });

  test('a task need not be exported to be found', async () => {
    expect(await pool.run(callHidden())).toBe('found');
  });

  test('the result has the type of the body', async () => {
    const sum = await pool.run(add(1, 2));
    const later = await pool.run(addLater(1, 2));
    const coroutine = await pool.run(addCoroutine(1, 2));
    const handle = pool.submit(add(1, 2));
    expectTypeOf(sum).toEqualTypeOf<number>();
    expectTypeOf(later).toEqualTypeOf<number>();
    expectTypeOf(coroutine).toEqualTypeOf<number>();
    expectTypeOf(await handle.result).toEqualTypeOf<number>();
  });
});

describe('arguments and results', () => {
  test('structured values come back equal', async () => {
    const value = { map: new Map([['a', new Set([1])]]), date: new Date(0), bytes: new Uint8Array([1, 2]), big: 2n ** 70n, regex: /x/g, hole: undefined };
    expect(await pool.run(echo(value))).toEqual(value);
    expect(await pool.run(echo(value))).not.toBe(value);
  });

  test('the body sees as many arguments as were given, undefined ones too', async () => {
    expect(await pool.run(countArguments())).toBe(0);
    expect(await pool.run(countArguments(undefined))).toBe(1);
    expect(await pool.run(countArguments(1, undefined))).toBe(2);
    expect(await pool.run(countArguments(1, 2, 3, undefined, 5))).toBe(5);
  });

  test('a call can be run any number of times', async () => {
    const call = add(20, 1);
    expect(await Promise.all([pool.run(call), pool.run(call), pool.run(call)])).toEqual([21, 21, 21]);
  });

  test('`transfer` moves a buffer instead of copying it', async () => {
    const buffer = new Uint8Array([42, 7]).buffer;
    expect(await pool.run(firstByte(buffer), { transfer: [buffer] })).toBe(42);
    expect(buffer.byteLength).toBe(0);
  });

  test('without `transfer` a buffer is copied', async () => {
    const buffer = new Uint8Array([42, 7]).buffer;
    expect(await pool.run(firstByte(buffer))).toBe(42);
    expect(buffer.byteLength).toBe(2);
  });

  test('one buffer given to two calls of a burst reaches the first and fails the second', async () => {
    const buffer = new Uint8Array([42]).buffer;
    const outcomes = await Promise.allSettled([
      pool.run(firstByte(buffer), { transfer: [buffer] }),
      pool.run(firstByte(buffer), { transfer: [buffer] }),
    ]);
    expect(outcomes[0]).toEqual({ status: 'fulfilled', value: 42 });
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_HEDDLE_SERIALIZATION' } });
  });
});

describe('the context of a task', () => {
  test('has the name and the deadline of the call, and the id of its handle', async () => {
    const deadline = Date.now() + 3_600_000;
    const handle = pool.submit(contextOf(), { name: 'renamed', deadline });
    expect(handle.name).toBe('renamed');
    expect(await handle.result).toMatchObject({ name: 'renamed', deadline });
  });

  test('progress reaches the handle in order and ends with the task', async () => {
    const handle = pool.submit(report(['a', { b: 1 }, 3]));
    const seen: unknown[] = [];
    for await (const value of handle.progress) seen.push(value);
    expect(seen).toEqual(['a', { b: 1 }, 3]);
    expect(await handle.result).toBe(3);
  });

  test('progress that cannot be copied throws in the task, and names the place', async () => {
    const failure = await pool.run(report([[Symbol('x')]])).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION' });
  });

  test('the threads see the environment of the option `env`', async () => {
    await using other = new ThreadPool({ threads: 1, env: { HEDDLE_TEST: 'yes' } });
    expect(await other.run(environment('HEDDLE_TEST'))).toBe('yes');
    expect(await pool.run(environment('HEDDLE_TEST'))).toBeUndefined();
  });
});
