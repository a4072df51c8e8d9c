import { describe, expect, it } from 'vitest';
import { CancelledError, ExecutorClosedError, group, InlineExecutor, sleep, spawn, task, until, yieldNow } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';
import { HeldExecutor } from './held-executor.ts';

const nap = task(function* nap(ms: number) {
  yield* sleep(ms);
  return ms;
});

describe('run and submit', () => {
  it.each([
    ['a task instead of a call', nap, 'Expected a call, such as fib(30) for a task fib, got the function nap'],
    ['a function', () => 1, 'Expected a call, such as fib(30) for a task fib, got a function'],
    ['nothing', undefined, 'Expected a call, such as fib(30) for a task fib, got undefined'],
  ])('refuse %s', async (_what, call, message) => {
    const executor = new InlineExecutor();
    expect(() => executor.submit(call as never)).toThrow(new TypeError(message));
    await expect(executor.run(call as never)).rejects.toThrow(new TypeError(message));
  });

  it('refuse wrong options', async () => {
    const executor = new InlineExecutor();
    expect(() => executor.submit(nap(1), { timeoutMs: 0 })).toThrow('Expected `timeoutMs` to be a number above 0, got 0');
    await expect(executor.run(nap(1), { signal: {} as never })).rejects.toThrow('Expected `signal` to be an AbortSignal, got an object');
    expect(executor.snapshot().tasks).toEqual([]);
  });

  it('take calls of one task from inside another', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const handle = executor.submit(nap(0));
      return yield* handle;
    });
    expect(await executor.run(main())).toBe(0);
  });
});

describe('the options of an executor', () => {
  it('are checked', () => {
    expect(() => new InlineExecutor({ graceMs: -1 })).toThrow('Expected `graceMs` to be a number of at least 0, got -1');
    expect(() => new InlineExecutor({ graceMs: 'long' as never })).toThrow("Expected `graceMs` to be a number of at least 0, got the string 'long'");
  });
});

describe('close', () => {
  it('finishes what was accepted', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const handle = executor.submit(nap(10));
    let isClosed = false;
    const closed = executor.close().then(() => (isClosed = true));
    await clock.advance(9);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closed;
    expect(handle.outcome).toEqual({ status: 'fulfilled', value: 10 });
  });

  it('refuses calls from then on', async () => {
    const executor = new InlineExecutor();
    const closed = executor.close();
    expect(() => executor.submit(nap(1))).toThrow(new ExecutorClosedError('Expected an open executor, got submit() after close()'));
    await expect(executor.run(nap(1))).rejects.toMatchObject({ name: 'ExecutorClosedError', code: 'ERR_HEDDLE_CLOSED' });
    await closed;
    await expect(executor.run(nap(1))).rejects.toThrow(ExecutorClosedError);
  });

  it('lets accepted tasks go on spawning', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* yieldNow();
      return yield* yield* spawn(nap(0));
    });
    const result = executor.run(main());
    await executor.close();
    expect(await result).toBe(0);
  });

  it('cancels at the deadline what has not ended, for the reason that it closed', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const ends = Promise.all([failureOf(executor.run(nap(20))), failureOf(executor.run(nap(30)))]);
    const brief = executor.run(nap(5));
    const closed = executor.close({ deadlineMs: 10 });
    await clock.advance(10);
    await closed;
    expect(await brief).toBe(5);
    for (const error of await ends) {
      expect(error).toBeInstanceOf(CancelledError);
      expect(error).toMatchObject({ cause: { code: 'ERR_HEDDLE_CLOSED', message: 'The executor closed with a deadline of 10 ms, and the task had not ended by then' } });
    }
    expect(clock.armed).toBe(0);
  });

  it('leaves no timer of its deadline behind when all ended before', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const result = executor.run(nap(5));
    const closed = executor.close({ deadlineMs: 1_000 });
    await clock.advance(5);
    await Promise.all([result, closed]);
    expect(clock.armed).toBe(0);
  });

  it('may be called again, with an earlier deadline too', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const end = failureOf(executor.run(nap(1_000)));
    const closed = [executor.close(), executor.close({ deadlineMs: 100 }), executor.close({ deadlineMs: 5 })];
    await clock.advance(5);
    await Promise.all(closed);
    expect(await end).toBeInstanceOf(CancelledError);
    expect(clock.armed).toBe(0);
  });

  it('gives cancelled tasks their grace', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 100 });
    const deaf = task(async () => {
      await new Promise(() => {});
    });
    const end = failureOf(executor.run(deaf()));
    const closed = executor.close({ deadlineMs: 0 });
    await clock.advance(100);
    await closed;
    expect(await end).toBeInstanceOf(CancelledError);
  });

  it('refuses a deadline below 0', () => {
    const executor = new InlineExecutor();
    expect(() => executor.close({ deadlineMs: -1 })).toThrow('Expected `deadlineMs` to be a number of at least 0 (or Infinity), got -1');
  });

  it('is what disposing does', async () => {
    let result: Promise<number> | undefined;
    {
      await using executor = new InlineExecutor();
      result = executor.run(nap(0));
    }
    expect(await result).toBe(0);
  });
});

describe('stats', () => {
  it('counts tasks by where they stand', async () => {
    const clock = new FakeClock();
    const executor = new HeldExecutor({ clock });
    const fail = task(() => {
      throw new Error('failed');
    });
    const seen: unknown[] = [];
    const look = task(() => seen.push(executor.stats()));
    const results = [executor.run(nap(10)), executor.run(fail()), executor.run(nap(1_000), { timeoutMs: 5 }), executor.run(look())];
    const ends = Promise.allSettled(results);
    executor.submit(nap(1)).cancel();
    expect(executor.stats()).toEqual({ queued: 4, running: 0, awaiting: 0, completed: 0, failed: 0, cancelled: 1 });
    executor.release();
    await settle();
    expect(seen).toEqual([{ queued: 0, running: 1, awaiting: 2, completed: 0, failed: 1, cancelled: 1 }]);
    expect(executor.stats()).toEqual({ queued: 0, running: 0, awaiting: 2, completed: 1, failed: 1, cancelled: 1 });
    await clock.advance(10);
    await ends;
    expect(executor.stats()).toEqual({ queued: 0, running: 0, awaiting: 0, completed: 2, failed: 1, cancelled: 2 });
  });
});

describe('snapshot', () => {
  it('of a call that was run leaves its promise as it was', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const results = Promise.allSettled([executor.run(nap(10)), executor.run(nap(20), { timeoutMs: 15 })]);
    await settle();
    expect(executor.snapshot().tasks.map(({ name, state }) => [name, state])).toEqual([['nap', 'awaiting'], ['nap', 'awaiting']]);
    await clock.advance(20);
    expect(await results).toMatchObject([{ status: 'fulfilled', value: 10 }, { status: 'rejected', reason: { code: 'ERR_HEDDLE_TIMEOUT' } }]);
    await executor.close();
  });

  it('tells who waits for whom, and for what else', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const child = nap(10).with({ name: 'child' });
    const joins = task(function* joins() {
      yield* yield* spawn(child);
    });
    const ends = task(function* ends() {
      yield* group(function* (nursery) {
        nursery.spawn(child);
        nursery.spawn(child);
      });
    });
    const waits = task(function* waits() {
      yield* until(() => new Promise((resolve) => clock.setTimer(() => resolve(1), 10)));
    });
    const results = [joins(), ends(), waits(), task(async function asyncWaits() {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 10));
    })()].map((call) => executor.run(call));
    await settle();
    const { tasks } = executor.snapshot();
    const named = tasks.map(({ name, state, waitsOn, waitsFor }) => [name, state, waitsOn, waitsFor.map((id) => tasks.find((other) => other.id === id)?.name)]);
    expect(named).toEqual([
      ['joins', 'awaiting', 'task child', ['child']],
      ['child', 'awaiting', 'sleep(10 ms)', []],
      ['ends', 'awaiting', 'the end of its children', ['child', 'child']],
      ['child', 'awaiting', 'sleep(10 ms)', []],
      ['child', 'awaiting', 'sleep(10 ms)', []],
      ['waits', 'awaiting', 'a promise', []],
      ['asyncWaits', 'awaiting', 'its own async function', []],
    ]);
    await clock.advance(10);
    await Promise.all(results);
    expect(executor.snapshot()).toEqual({ tasks: [], suspects: [] });
  });

  it('lists tasks that wait for their turn', () => {
    const executor = new HeldExecutor();
    const handle = executor.submit(nap(0));
    expect(executor.snapshot().tasks).toEqual([{ id: handle.id, name: 'nap', state: 'ready', waitsFor: [], waitsOn: undefined }]);
    handle.result.catch(() => {});
    handle.cancel();
    expect(executor.snapshot().tasks).toEqual([]);
  });
});
