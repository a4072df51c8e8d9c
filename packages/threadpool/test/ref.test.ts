import { threadId } from 'node:worker_threads';
import { InlineExecutor, ref, stream, task, type Call, type Executor } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { useRefs } from './fixtures/refers.js';

const code = ref<typeof import('./fixtures/existing-code.js')>(new URL('./fixtures/existing-code.js', import.meta.url));

const executors: [string, Executor<true>][] = [
  ['inline', new InlineExecutor()],
  ['a multiplexer', new Multiplexer()],
  ['a pool', new ThreadPool({ threads: 2 })],
];
afterAll(() => Promise.all(executors.map(([, executor]) => executor.close())));

describe.each(executors)('a function that a module exports, by reference, on %s', (_, executor) => {
  test('runs as a task, whichever kind of function it is', async () => {
    expect(await executor.run(code.repeat('ab', 2))).toBe('abab');
    expect(await executor.run(code.sum(new Uint8Array([1, 2, 3])))).toBe(6);
    expect(await executor.run(code.later(1))).toBe(2);
  });

  test('is awaited and spawned inside of tasks', async () => {
    expect(await executor.run(useRefs(3))).toEqual({ one: 4, two: 6, text: 'aaa' });
  });

  test('may be an async generator, to be read as a stream', async () => {
    const read: number[] = [];
    for await (const value of stream(executor, code.endless())) if (read.push(value) === 3) break;
    expect(read).toEqual([0, 1, 2]);
  });

  test('takes options as any call does', async () => {
    const handle = executor.submit(code.repeat('a', 1).with({ name: 'again' }));
    expect([handle.name, await handle.result]).toEqual(['again', 'a']);
    expect(executor.submit(code.repeat('a', 1)).name).toBe('repeat');
  });

  test('fails with what it throws', async () => {
    expect(await failureOf(executor.run(code.fail('too wide')))).toMatchObject({ name: 'RangeError', message: 'too wide' });
  });

  test('is found in a CommonJS module, also where its name cannot be seen in the source', async () => {
    const common = ref<{ shout(text: string): string; mirror(text: string): string }>(new URL('./fixtures/existing-code.cjs', import.meta.url));
    expect(await executor.run(common.shout('ab'))).toBe('AB');
    expect(await executor.run(common.mirror('ab'))).toBe('ba');
  });

  test('that does not exist, or is no function, ends the call and says so', async () => {
    const untyped = code as unknown as Record<string, (...args: unknown[]) => Call<unknown, true>>;
    const expected = (name: string, got: string): object => ({
      code: 'ERR_HEDDLE_TASK_NOT_FOUND',
      message: expect.stringMatching(new RegExp(`^Expected module file:.*existing-code\\.js to export a function '${name}', got ${got}$`)),
    });
    // Invariant: a reference answers to every name.
    expect(await failureOf(executor.run(untyped['missing']!()))).toMatchObject(expected('missing', 'undefined'));
    expect(await failureOf(executor.run(untyped['version']!()))).toMatchObject(expected('version', "the string '1.2.3'"));
    expect(await failureOf(executor.run(untyped['toString']!()))).toMatchObject(expected('toString', 'undefined'));
  });

  test('of a module that does not load ends the call with the reason', async () => {
    const broken = ref<{ run(): void }>(new URL('./fixtures/no-such-module.js', import.meta.url));
    expect(await failureOf(executor.run(broken.run()))).toMatchObject({ code: 'ERR_HEDDLE_TASK_NOT_FOUND', cause: expect.any(Error) });
  });
});

test('a call by reference leaves the thread on a pool', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  expect(await pool.run(code.whereAmI())).not.toBe(threadId);
});

describe('a reference', () => {
  test('can be awaited, printed and compared without being mistaken for something else', async () => {
    expect(await Promise.resolve(code)).toBe(code);
    expect(String(Object.keys(code))).toBe('');
    expect(code.repeat).toBe(code.repeat);
  });

  test('needs an absolute URL', () => {
    expect(() => ref('./image.js')).toThrow("Expected ref() of the URL of a module, such as new URL('./image.js', import.meta.url), got the string './image.js'");
    expect(() => ref(import('node:fs') as never)).toThrow(TypeError);
  });
});

// Checked by the compiler, never run: a line under `@ts-expect-error` that compiles fails the type check.
export function compileTimeOnly(pool: ThreadPool): void {
  expectTypeOf(pool.run(code.repeat('a', 2))).toEqualTypeOf<Promise<string>>();
  expectTypeOf(pool.run(code.sum(new Uint8Array()))).toEqualTypeOf<Promise<number>>();
  expectTypeOf(pool.run(code.later(1))).toEqualTypeOf<Promise<number>>();
  expectTypeOf(pool.run(code.fail('x'))).toEqualTypeOf<Promise<void>>();
  task(function* () {
    const text = yield* code.repeat('a', 2);
    expectTypeOf(text).toEqualTypeOf<string>();
  });
  // @ts-expect-error -- an argument of the wrong type
  void pool.run(code.repeat('a', '2'));
  // @ts-expect-error -- too few arguments
  void pool.run(code.repeat('a'));
  // @ts-expect-error -- a function that the module does not export
  void pool.run(code.missing());
  // @ts-expect-error -- an export that is no function
  void code.version;
  // @ts-expect-error -- a class
  void code.Counter;
  expectTypeOf(stream(pool, code.endless())).toEqualTypeOf<AsyncGenerator<number, void, void>>();
  // @ts-expect-error -- a task already: it is called by itself
  void code.alreadyTask;
  // @ts-expect-error -- the type of the module was not said
  void ref(new URL('./fixtures/existing-code.js', import.meta.url)).repeat;
}
