import { threadId } from 'node:worker_threads';
import { emit, InlineExecutor, input, stream, task, type Executor } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add, block, whereAmI } from './fixtures/basics.js';
import { emitEndless, emitUncopiable, emitUpTo, endless, failAfter, readElsewhere, stuck, upTo } from './fixtures/streaming.js';
import { pixels } from './fixtures/moved.js';
import { total } from './fixtures/reading.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

/** What may be under way when nobody reads: what waits, one in the hands of the task, and what was read. */
const MOST_UNDER_WAY = 16 + 2;

const pool = new ThreadPool({ threads: 1 });
const executors: [string, Executor<true>][] = [
  ['inline', new InlineExecutor()],
  ['a multiplexer', new Multiplexer()],
  ['a pool', pool],
];
afterAll(() => Promise.all(executors.map(([, executor]) => executor.close())));

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

interface Watched {
  readonly made: SharedArrayBuffer;
  readonly ended: SharedArrayBuffer;
  madeCount(): number;
  hasEnded(): boolean;
}

function watch(): Watched {
  const made = new SharedArrayBuffer(4);
  const ended = new Flag();
  return { made, ended: ended.memory, madeCount: () => Atomics.load(new Int32Array(made), 0), hasEnded: () => ended.isRaised };
}

/** Only memory crosses. */
const memoryOf = ({ made, ended }: Watched): { made: SharedArrayBuffer; ended: SharedArrayBuffer } => ({ made, ended });

describe.each(executors)('the stream of a call on %s', (_, executor) => {
  test.each([0, 1, 15, 16, 17, 500])('gives what an async generator yields, and what a coroutine emits: %i values', async (n) => {
    expect(await collect(stream(executor, upTo(n)))).toEqual(numbers(n));
    expect(await collect(stream(executor, emitUpTo(n)))).toEqual(numbers(n));
  });

  test('begins when it is read, anew each time', async () => {
    const watched = watch();
    const values = stream(executor, endless(memoryOf(watched)));
    await executor.run(add(1, 2));
    expect(watched.madeCount()).toBe(0);
    await values.return();
    expect(watched.madeCount()).toBe(0);
  });

  test.each([
    ['an async generator', endless],
    ['a coroutine', emitEndless],
  ])('of %s is made no faster than it is read, and ends the task with its `finally` blocks when it is left', async (__, definition) => {
    const watched = watch();
    let read = 0;
    for await (const value of stream(executor, definition(memoryOf(watched)))) {
      expect(value).toBe(read++);
      // The task can do what it can until now.
      if (read % 10 === 0) await executor.run(add(1, 2));
      expect(watched.madeCount()).toBeLessThanOrEqual(read + MOST_UNDER_WAY);
      if (read === 50) break;
    }
    expect(watched.hasEnded()).toBe(true);
  });

  test('throws what the task throws, after the values that came before', async () => {
    const values = stream(executor, failAfter(3));
    const read: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const value of values) read.push(value);
      })(),
    );
    expect(read).toEqual([0, 1, 2]);
    expect(error).toMatchObject({ name: 'RangeError', message: 'no more than 3' });
  });

  test('ends with the cancellation of its signal, though no value comes', async () => {
    const watched = watch();
    const controller = new AbortController();
    const values = stream(executor, stuck(memoryOf(watched)), { signal: controller.signal });
    expect(await values.next()).toEqual({ done: false, value: 'first' });
    const second = values.next();
    controller.abort();
    expect(await failureOf(second)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' });
    expect(watched.hasEnded()).toBe(true);
  });

  test('is not needed: without a reader the values are dropped, and the task ends with what it returns', async () => {
    expect(await executor.run(upTo(100))).toBe('100 in all, from upTo');
    expect(await executor.run(emitUpTo(100))).toBe(100);
  });

  test('lets the task go on when a reader of its progress stops', async () => {
    const handle = executor.submit(upTo(100));
    for await (const value of handle.progress) if (value === 3) break;
    expect(await handle.result).toBe('100 in all, from upTo');
  });

  test('is awaited inside of a task like any call, whose values it emits as its own', async () => {
    const outer = task(function* () {
      return yield* upTo(3);
    });
    if (executor === pool) return;
    expect(await collect(stream(executor as Executor, outer()))).toEqual([0, 1, 2]);
  });
});

test('a value that cannot be copied fails where it is emitted', async () => {
  expect(await pool.run(emitUncopiable())).toMatch(/^The progress of task emitUncopiable cannot be copied to another thread: progress is /);
});

test('a closed executor has no streams', async () => {
  const closed = new InlineExecutor();
  await closed.close();
  expect(await failureOf(stream(closed, upTo(1)).next())).toMatchObject({ code: 'ERR_HEDDLE_CLOSED' });
});

test('a child on another thread emits no faster than its parent reads', async () => {
  await using two = new ThreadPool({ threads: 2 });
  await warmUp(two);
  const begun = new Flag();
  const { read, isElsewhere } = await two.run(readElsewhere(begun.memory, new SharedArrayBuffer(4), 200));
  expect(read).toEqual(numbers(200));
  expect(isElsewhere).toBe(true);
});

test('emit outside of a task says so', () => {
  expect(() => [...emit(1)]).toThrow('Expected `yield*` of emit inside a task that an executor runs');
});

// Checked by the compiler, never run: a line under `@ts-expect-error` that compiles fails the type check.
export function compileTimeOnly(): void {
  expectTypeOf(stream(pool, upTo(1))).toEqualTypeOf<AsyncGenerator<number, void, void>>();
  expectTypeOf(pool.run(upTo(1))).toEqualTypeOf<Promise<string>>();
  expectTypeOf(stream(pool, emitUpTo(1))).toEqualTypeOf<AsyncGenerator<unknown, void, void>>();
  const local = task(async function* (text: string) {
    yield text;
  });
  // @ts-expect-error -- a local task cannot leave the thread
  void stream(pool, local('a'));
  // @ts-expect-error -- an argument of the wrong type
  void stream(pool, upTo('a'));
  // @ts-expect-error -- another type of value than the task emits
  const texts: AsyncIterable<string> = stream(pool, upTo(1));
  void texts;
}

test('streams and inputs work for a call that runs in its caller, and what moves does', async () => {
  await using small = new ThreadPool({ threads: 1, maxQueue: 1, whenFull: 'run-in-caller' });
  const started = new Flag();
  const go = new Flag();
  const busy = small.run(block(started.memory, go.memory));
  await started.raised();
  const queued = small.run(add(1, 2));
  expect(await small.run(whereAmI())).toBe(threadId);
  const [first, second] = [stream(small, upTo(100)), stream(small, emitUpTo(100))];
  expect(await Promise.all([collect(first), collect(second)])).toEqual([numbers(100), numbers(100)]);
  const sums = await Promise.all(Array.from({ length: 4 }, () => small.run(total(input(numbers(10))))));
  expect(sums).toEqual([45, 45, 45, 45]);
  const arrays = await Promise.all(Array.from({ length: 4 }, (_, i) => small.run(pixels(i))));
  expect(arrays.map(({ byteLength }) => byteLength)).toEqual([0, 1, 2, 3]);
  go.raise();
  await Promise.all([busy, queued]);
});
