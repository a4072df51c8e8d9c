import { EventEmitter, on } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Channel, each, group, InlineExecutor, sleep, spawn, task, timeout, type Coroutine, type Cursor, type Operation, type TaskHandle } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { SpySignal } from './spy-signal.ts';

function harness(options: { graceMs?: number } = {}) {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock, ...options });
  const log: string[] = [];
  const submit = <R>(body: () => Operation<R>): TaskHandle<R> => {
    const handle = executor.submit(
      task(function* () {
        return yield* body();
      })(),
    );
    // Each test looks at the outcome.
    handle.result.catch(() => {});
    return handle;
  };
  /** Closes a moment after it was left. */
  async function* numbers(last = 3) {
    try {
      for (let n = 1; n <= last; n++) yield n;
    } finally {
      await settle();
      log.push('closed');
    }
  }
  return { clock, log, submit, numbers };
}

function* readAll<T>(cursor: Cursor<T>): Coroutine<T[]> {
  const items: T[] = [];
  for (let item = yield* cursor.next(); item.done !== true; item = yield* cursor.next()) items.push(item.value);
  return items;
}

describe('each', () => {
  it('reads an async iterable item by item, as for await does', async () => {
    const { log, submit, numbers } = harness();
    const handle = submit(function* () {
      return yield* readAll(yield* each(numbers()));
    });
    expect(await handle.result).toEqual([1, 2, 3]);
    expect(log).toEqual(['closed']);
  });

  it('reads streams, emitters, and plain iterables with promises in them', async () => {
    const { submit } = harness();
    const emitter = new EventEmitter();
    const handle = submit(function* () {
      const chunks = yield* readAll<string>(yield* each<string>(Readable.from(['a', 'b'])));
      const plain = yield* readAll<unknown>(yield* each<unknown>([1, Promise.resolve(2), 'three']));
      const letters = yield* readAll(yield* each('xy'));
      const events = yield* each<[string]>((signal) => on(emitter, 'word', { signal }) as AsyncIterable<[string]>);
      emitter.emit('word', 'hello');
      return { chunks, plain, letters, event: (yield* events.next()).value };
    });
    expect(await handle.result).toEqual({ chunks: ['a', 'b'], plain: [1, 2, 'three'], letters: ['x', 'y'], event: ['hello'] });
    expect(emitter.listenerCount('word')).toBe(0);
  });

  it('closes the iterator at the end of the scope, and waits for that', async () => {
    const { log, submit, numbers } = harness();
    function* plain() {
      try {
        yield 1;
        yield 2;
      } finally {
        log.push('plain closed');
      }
    }
    const handle = submit(function* () {
      yield* group(function* () {
        yield* (yield* each(numbers())).next();
        yield* (yield* each(plain())).next();
      });
      log.push('group ended');
    });
    await handle.result;
    expect(log).toEqual(['plain closed', 'closed', 'group ended']);
  });

  it('throws what the iterator throws, and does not close it then', async () => {
    const { log, submit } = harness();
    const broken: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error('broken')),
        return: () => {
          log.push('closed');
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const brokenPlain: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error('broken too');
        },
        return: () => {
          log.push('closed');
          return { done: true, value: undefined };
        },
      }),
    };
    for (const source of [broken, brokenPlain]) {
      const handle = submit(function* () {
        const cursor = yield* each(source);
        yield* cursor.next();
      });
      await settle();
      expect(handle.outcome).toMatchObject({ reason: { message: expect.stringMatching(/^broken/) } });
    }
    expect(log).toEqual([]);
  });

  it('fails with the failure of closing', async () => {
    const { submit } = harness();
    async function* unclosable() {
      try {
        yield 1;
      } finally {
        await Promise.reject(new Error('will not close'));
      }
    }
    const handle = submit(function* () {
      const cursor = yield* each(unclosable());
      yield* cursor.next();
    });
    await settle();
    expect(handle.outcome).toMatchObject({ reason: { message: 'will not close' } });
  });

  it('keeps an item for the next call when a timeout came before it', async () => {
    const { clock, log, submit } = harness();
    const controllers: ReadableStreamDefaultController<string>[] = [];
    const stream = new ReadableStream<string>({ start: (controller) => void controllers.push(controller) });
    const handle = submit(function* () {
      const cursor = yield* each(stream as unknown as AsyncIterable<string>);
      try {
        yield* timeout(5, cursor.next());
      } catch (error) {
        log.push((error as Error).name);
      }
      controllers[0]?.enqueue('late');
      return (yield* cursor.next()).value;
    });
    await clock.advance(5);
    expect(handle.outcome).toEqual({ status: 'fulfilled', value: 'late' });
    expect(log).toEqual(['TaskTimeoutError']);
  });

  it('keeps a failure for the next call, too', async () => {
    const { clock, submit } = harness();
    async function* failing() {
      yield 1;
      await new Promise((resolve) => clock.setTimer(() => resolve(undefined), 10));
      throw new Error('late failure');
    }
    const handle = submit(function* () {
      const cursor = yield* each(failing());
      yield* cursor.next();
      try {
        yield* timeout(5, cursor.next());
      } catch {
        yield* sleep(10);
      }
      yield* cursor.next();
    });
    await clock.advance(20);
    expect(handle.outcome).toMatchObject({ reason: { message: 'late failure' } });
  });

  it('gives every item once to several tasks that share a cursor', async () => {
    const { submit, numbers } = harness();
    const handle = submit(function* () {
      const cursor = yield* each(numbers(6));
      const reader = task(function* () {
        return yield* readAll(cursor);
      });
      const readers = [yield* spawn(reader()), yield* spawn(reader())];
      return [...(yield* readers[0]!), ...(yield* readers[1]!)]; // Invariant: two readers.
    });
    expect(new Set(await handle.result)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(await handle.result).toHaveLength(6);
  });

  it('refuses what is not iterable', async () => {
    const { submit } = harness();
    expect(() => each(5 as never)).toThrow('Expected each() of an iterable or async iterable, got the number 5');
    const handle = submit(() => each(() => 5 as never));
    await settle();
    expect(handle.outcome).toMatchObject({ reason: { message: 'Expected the function given to each() to return an iterable or async iterable, got the number 5' } });
  });
});

describe('cancelling a task that awaits an item of each()', () => {
  /** Waits for ever, unless its signal aborts. */
  async function* silent(log: string[], signal?: AbortSignal) {
    try {
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('let go'))));
      yield 'never';
    } finally {
      await settle();
      log.push('closed');
    }
  }

  it('does not wait for an iterator that cannot be closed before it has the item', async () => {
    const { clock, log, submit } = harness();
    const handle = submit(function* () {
      yield* (yield* each(silent(log))).next();
    });
    await settle();
    handle.cancel();
    await settle();
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } });
    expect(clock.armed).toBe(0);
    expect(log).toEqual([]);
  });

  it('neither does the end of a task that has given up waiting', async () => {
    const { clock, log, submit } = harness();
    const handle = submit(function* () {
      const cursor = yield* each(silent(log));
      try {
        yield* timeout(5, cursor.next());
      } catch {
        return 'gave up';
      }
    });
    await clock.advance(5);
    expect(handle.outcome).toEqual({ status: 'fulfilled', value: 'gave up' });
  });

  it('closes one that was made with a signal, and waits for that', async () => {
    const { log, submit } = harness();
    const spy = new SpySignal();
    const handle = submit(function* () {
      const cursor = yield* group(
        function* () {
          yield* (yield* each((signal) => silent(log, signal))).next();
        },
        { signal: spy.signal },
      );
      return cursor;
    });
    handle.result.catch(() => log.push('settled'));
    await settle();
    spy.abort('stop');
    await handle.result.catch(() => {});
    expect(log).toEqual(['closed', 'settled']);
    expect(spy.listeners).toBe(0);
  });

  it('loses no item of a channel', async () => {
    const { submit } = harness();
    const channel = new Channel<string>();
    const handle = submit(function* () {
      const cursor = yield* each(channel);
      try {
        yield* cursor.next();
      } finally {
        // What comes now is for somebody else.
        yield* sleep(5);
      }
    });
    await settle();
    handle.cancel();
    expect(channel.trySend('kept')).toBe(false);
    expect(channel.statistics()).toMatchObject({ receiving: 0, isClosed: false });
  });
});
