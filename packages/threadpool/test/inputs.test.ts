import { input, InlineExecutor, moved, type Executor } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';
import { afterAll, describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add } from './fixtures/basics.js';
import { bytesOf, failAt, firstFew, handOn, ignore, readAndExit, readAndWait, readOne, sumOfBoth, total, totalByCursor } from './fixtures/reading.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

const MOST_WAITING = 16;

const pool = new ThreadPool({ threads: 1 });
const executors: [string, Executor<true>][] = [
  ['inline', new InlineExecutor()],
  ['a multiplexer', new Multiplexer()],
  ['a pool', pool],
];
afterAll(() => Promise.all(executors.map(([, executor]) => executor.close())));

/** Counts up, and tells what becomes of it. */
class Source implements AsyncIterable<number> {
  made = 0;
  readonly #limit: number;
  #close: () => void = () => {};
  /** Settles when a reader has closed it, or it has ended. */
  readonly closed = new Promise<void>((resolve) => {
    this.#close = resolve;
  });

  constructor(limit = Infinity) {
    this.#limit = limit;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    try {
      while (this.made < this.#limit) {
        await Promise.resolve();
        yield this.made++;
      }
    } finally {
      this.#close();
    }
  }
}

describe.each(executors)('an iterable as an argument on %s', (_, executor) => {
  test.each([0, 1, 16, 17, 300])('is read to its end, item by item: %i of them', async (n) => {
    const sum = Array.from({ length: n }, (__, i) => i).reduce((all, i) => all + i, 0);
    expect(await executor.run(total(input(new Source(n))))).toBe(sum);
    expect(await executor.run(totalByCursor(input(new Source(n))))).toBe(sum);
  });

  test('may be a plain iterable, a stream of the platform, and one of several', async () => {
    expect(await executor.run(total(input([1, 2, 3])))).toBe(6);
    expect(await executor.run(total(input(new Set([1, 2]))))).toBe(3);
    expect(await executor.run(total(input(ReadableStream.from([4, 5]))))).toBe(9);
    expect(await executor.run(sumOfBoth(input([1, 2]), 10, input(new Source(4))))).toBe(90);
  });

  test('is read no faster than the task reads, and closed when it leaves', async () => {
    const source = new Source();
    expect(await executor.run(firstFew(input(source), 20))).toEqual(Array.from({ length: 20 }, (__, i) => i));
    await source.closed;
    expect(source.made).toBeLessThanOrEqual(20 + MOST_WAITING + 1);
  });

  test('is closed when the task fails while it reads', async () => {
    const source = new Source();
    expect(await failureOf(executor.run(failAt(input(source), 5)))).toMatchObject({ name: 'RangeError', message: 'not 5' });
    await source.closed;
  });

  test('is closed when the task is cancelled', async () => {
    const source = new Source();
    const begun = new Flag();
    const handle = executor.submit(readAndWait(input(source), begun.memory));
    await begun.raised();
    handle.cancel();
    expect(await failureOf(handle.result)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' });
    await source.closed;
  });

  test('that fails, fails where it is read', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      await Promise.reject(Object.assign(new RangeError('source ran dry'), { code: 'E_DRY' }));
    }
    expect(await failureOf(executor.run(total(input(failing()))))).toMatchObject({ name: 'RangeError', message: 'source ran dry', code: 'E_DRY' });
    expect(await failureOf(executor.run(totalByCursor(input(failing()))))).toMatchObject({ code: 'E_DRY' });
  });

  test('is not touched by a task that does not read it', async () => {
    const source = new Source();
    expect(await executor.run(ignore(input(source)))).toBe('object');
    await executor.run(add(1, 2));
    expect(source.made).toBe(0);
  });
});

describe('an iterable as an argument of a call that leaves the thread', () => {
  test('is closed when its task ends without closing it', async () => {
    const source = new Source();
    expect(await pool.run(readOne(input(source)))).toBe(0);
    await source.closed;
  });

  test('is closed when the thread that reads it is lost', async () => {
    await using own = new ThreadPool({ threads: 1 });
    const source = new Source();
    expect(await failureOf(own.run(readAndExit(input(source))))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    await source.closed;
  });

  test('goes with each call of a burst, and with no other', async () => {
    const calls = Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? pool.run(total(input([i, i]))) : pool.run(add(i, i))));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
  });

  test('can be handed on to a child on a third thread', async () => {
    await using two = new ThreadPool({ threads: 2 });
    await warmUp(two);
    expect(await two.run(handOn(input(new Source(50)), new Flag().memory))).toEqual({ sum: 1_225 + 3_000, isElsewhere: true });
  });

  test('moves the items of which that was said', async () => {
    const chunks = [new Uint8Array(4), new Uint8Array(8)];
    expect(await pool.run(bytesOf(input(chunks.map((chunk) => moved(chunk)))))).toBe(12);
    expect(chunks.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  });

  test('with an item that cannot be copied fails where that is read, and is closed', async () => {
    let isClosed = false;
    async function* odd(): AsyncGenerator<unknown> {
      try {
        yield 1;
        yield { of: () => 1 };
      } finally {
        isClosed = true;
      }
    }
    expect(await failureOf(pool.run(total(input(odd()) as AsyncIterable<number>)))).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION', path: 'input.of' });
    await pool.run(add(1, 2));
    expect(isClosed).toBe(true);
  });

  test('is not blamed for an argument that cannot be copied, and is not read', async () => {
    const source = new Source();
    const begun = (() => 1) as unknown as SharedArrayBuffer;
    expect(await failureOf(pool.run(readAndWait(input(source), begun)))).toMatchObject({ path: 'args[1]' });
    // The next call is not taken for one with inputs.
    expect(await pool.run(add(1, 2))).toBe(3);
    expect(source.made).toBe(0);
  });

  test('cannot be part of an argument, and the error names it', async () => {
    const nested = { lines: input([1]) } as unknown as AsyncIterable<number>;
    expect(await failureOf(pool.run(total(nested)))).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION', path: 'args[0].lines.open' });
  });

  test('is closed, or was never touched, when its call cannot run', async () => {
    const source = new Source();
    await using other = new ThreadPool({ threads: 1 });
    const handle = other.submit(total(input(source)));
    handle.cancel();
    await failureOf(handle.result);
    await other.run(add(1, 2));
    expect(source.made).toBe(0);
  });
});

test('input() takes what can be iterated', () => {
  expect(() => input(5 as never)).toThrow('Expected input() of an iterable or async iterable, got the number 5');
  expect(() => input(null as never)).toThrow(TypeError);
});
