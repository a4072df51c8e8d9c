import { describe, expect, it } from 'vitest';
import { emit, InlineExecutor, sleep, stream, task, use, type Sink } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';
import { SpySignal } from './spy-signal.ts';

function harness() {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock });
  const log: string[] = [];
  const count = function* (out: Sink<number>) {
    try {
      for (let n = 1; n <= 3; n++) {
        log.push(`makes ${n}`);
        yield* out.send(n);
      }
    } finally {
      yield* sleep(1);
      log.push('ended');
    }
  };
  return { clock, executor, log, count };
}

async function read<T>(items: AsyncIterable<T>, into: T[]): Promise<void> {
  for await (const item of items) into.push(item);
}

describe('a stream', () => {
  it('gives what a task sends, in order, and ends with the task', async () => {
    const { clock, executor, log, count } = harness();
    const items: number[] = [];
    const reading = read(stream(executor, count), items);
    await clock.advance(1);
    await reading;
    expect(items).toEqual([1, 2, 3]);
    expect(log.at(-1)).toBe('ended');
    expect(executor.stats()).toMatchObject({ completed: 1, awaiting: 0 });
  });

  it('starts its task with the first `next`, and lets its reader hold it back', async () => {
    const { executor, log, count } = harness();
    const items = stream(executor, count);
    await settle();
    expect(log).toEqual([]);
    expect(await items.next()).toEqual({ done: false, value: 1 });
    await settle();
    expect(log).toEqual(['makes 1', 'makes 2']);
    expect(await items.next()).toEqual({ done: false, value: 2 });
    await settle();
    expect(log).toEqual(['makes 1', 'makes 2', 'makes 3']);
  });

  it('may be as far ahead as its capacity', async () => {
    const { executor, log, count } = harness();
    const items = stream(executor, count, { capacity: 2 });
    await items.next();
    await settle();
    expect(log).toEqual(['makes 1', 'makes 2', 'makes 3']);
  });

  it('cancels its task and waits for its end when the loop is left', async () => {
    const { clock, executor, log, count } = harness();
    const reading = (async () => {
      for await (const item of stream(executor, count)) if (item === 2) break;
      log.push('left');
    })();
    await clock.advance(1);
    await reading;
    expect(log).toEqual(['makes 1', 'makes 2', 'makes 3', 'ended', 'left']);
    expect(executor.stats()).toMatchObject({ cancelled: 1, awaiting: 0 });
    expect(clock.armed).toBe(0);
  });

  it('does so when it is disposed of, and has nothing to do when it was never read', async () => {
    const { clock, executor, log, count } = harness();
    await stream(executor, count)[Symbol.asyncDispose]();
    expect(log).toEqual([]);
    const items = stream(executor, count);
    await items.next();
    const pending = items.next();
    const disposed = items[Symbol.asyncDispose]();
    await clock.advance(1);
    await disposed;
    expect((await pending).value).toBe(2);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(log.at(-1)).toBe('ended');
  });

  it('gives what was sent before a failure, then the failure, once', async () => {
    const { executor } = harness();
    const items = stream<string>(
      executor,
      function* (out) {
        yield* out.send('sent');
        throw new Error('failed');
      },
      { capacity: 1 },
    );
    expect(await items.next()).toEqual({ done: false, value: 'sent' });
    expect(await failureOf(items.next())).toMatchObject({ message: 'failed' });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await items[Symbol.asyncDispose]();
  });

  it('tells what went wrong while its task cleaned up, once', async () => {
    const { executor } = harness();
    const items = stream<string>(executor, function* (out) {
      yield* use({ [Symbol.asyncDispose]: () => Promise.reject(new Error('will not close')) });
      yield* out.send('sent');
      yield* sleep(1_000);
    });
    await items.next();
    expect(await failureOf(items.return())).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', suppressed: [{ message: 'will not close' }] });
    await items[Symbol.asyncDispose]();
  });

  it('tells it where the stream is that of a call, too', async () => {
    const { executor } = harness();
    const emitting = task(function* () {
      yield* use({ [Symbol.asyncDispose]: () => Promise.reject(new Error('will not close')) });
      yield* emit('emitted');
      yield* sleep(1_000);
    });
    const reading = async (): Promise<void> => {
      for await (const _ of stream(executor, emitting())) break;
    };
    expect(await failureOf(reading())).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', suppressed: [{ message: 'will not close' }] });
  });

  it('takes the options of a call', async () => {
    const { clock, executor, count } = harness();
    const spy = new SpySignal();
    const items = stream(executor, count, { signal: spy.signal, name: 'counting' });
    await items.next();
    expect(executor.snapshot().tasks).toMatchObject([{ name: 'counting', waitsOn: 'send() to channel of a stream' }]);
    await items.next();
    spy.abort('enough');
    await clock.advance(1);
    expect(await failureOf(items.next())).toMatchObject({ cause: 'enough' });
    expect(spy.listeners).toBe(0);
  });

  it('fails where its executor has closed, and refuses wrong arguments', async () => {
    const { executor, count } = harness();
    await executor.close();
    expect(await failureOf(stream(executor, count).next())).toMatchObject({ code: 'ERR_HEDDLE_CLOSED' });
    expect(() => stream({} as never, count)).toThrow('Expected stream(executor, body) with an executor, got an object');
    expect(() => stream(executor, 5 as never)).toThrow('Expected stream(executor, body) with a generator function, got the number 5');
    expect(() => stream(executor, count, { capacity: -1 })).toThrow('Expected `capacity` to be an integer of at least 0 (or Infinity), got -1');
  });
});
