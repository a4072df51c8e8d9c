import { describe, expect, it } from 'vitest';
import { all, CancelledError, current, group, InlineExecutor, on, sleep, spawn, stream, task, timeout, until, yieldNow } from '@heddle/core';
import { onAbort } from '@heddle/core/engine';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';
import { SpySignal } from './spy-signal.ts';

const sleeper = task(function* () {
  yield* sleep(1_000_000);
});

const brief = task(function* () {
  yield* yieldNow();
  return 'done';
});

describe('the signal of a call', () => {
  it('cancels it, with the signal’s reason as the cause', async () => {
    const executor = new InlineExecutor();
    const controller = new AbortController();
    const result = failureOf(executor.run(sleeper(), { signal: controller.signal }));
    await settle();
    const reason = new Error('user left');
    controller.abort(reason);
    const error = await result;
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ cause: reason, message: 'The task was cancelled: user left' });
  });

  it('keeps the call from starting when it has aborted already', async () => {
    const executor = new InlineExecutor();
    let hasRun = false;
    const handle = executor.submit(task(() => (hasRun = true))(), { signal: AbortSignal.abort('early') });
    expect(handle.state).toBe('complete');
    await expect(handle.result).rejects.toMatchObject({ cause: 'early' });
    expect(hasRun).toBe(false);
    expect(executor.stats()).toMatchObject({ queued: 0, cancelled: 1 });
  });

  it('is watched by one listener, however many calls it has', async () => {
    const executor = new InlineExecutor();
    const spy = new SpySignal();
    await Promise.all(Array.from({ length: 100 }, () => executor.run(brief(), { signal: spy.signal })));
    expect(spy.mostListeners).toBe(1);
    expect(spy.listeners).toBe(0);
  });

  it('is watched by nobody after the last call of several executors has ended', async () => {
    const executors = [new InlineExecutor(), new InlineExecutor()];
    const spy = new SpySignal();
    const failing = task(function* () {
      yield* yieldNow();
      throw new Error('failed');
    });
    const ends = Promise.allSettled(executors.flatMap((executor) => [brief(), failing()].map((call) => executor.run(call, { signal: spy.signal }))));
    const cancelled = executors[0]!.submit(sleeper(), { signal: spy.signal }); // Invariant: two executors.
    await settle();
    expect(spy.listeners).toBe(1);
    cancelled.cancel();
    await Promise.allSettled([ends, cancelled.result]);
    expect(spy).toMatchObject({ listeners: 0, mostListeners: 1 });
  });

  it('cancels all of its calls, and leaves no listener then either', async () => {
    const executor = new InlineExecutor();
    const spy = new SpySignal();
    const results = Promise.allSettled(Array.from({ length: 10 }, () => executor.run(sleeper(), { signal: spy.signal })));
    await settle();
    spy.abort();
    expect((await results).every(({ status }) => status === 'rejected')).toBe(true);
    expect(spy.listeners).toBe(0);
  });

  it('may stand in the options of an awaited or spawned call too', async () => {
    const executor = new InlineExecutor();
    const spy = new SpySignal();
    const main = task(function* () {
      const child = yield* spawn(sleeper().with({ signal: spy.signal }));
      const caught: unknown[] = [];
      for (const operand of [child, sleeper().with({ signal: spy.signal })]) {
        try {
          yield* operand;
        } catch (error) {
          caught.push((error as Error).cause);
        }
      }
      return caught;
    });
    const result = executor.run(main());
    await settle();
    spy.abort('enough');
    expect(await result).toEqual(['enough', 'enough']);
    expect(spy.listeners).toBe(0);
  });

  it('may come from another realm', async () => {
    const executor = new InlineExecutor();
    const listeners: (() => void)[] = [];
    const foreign = {
      aborted: false,
      reason: 'foreign',
      addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
      removeEventListener: () => {},
    };
    const result = failureOf(executor.run(sleeper(), { signal: foreign as unknown as AbortSignal }));
    await settle();
    foreign.aborted = true;
    for (const listener of listeners) listener();
    expect(await result).toMatchObject({ cause: 'foreign' });
  });
});

describe('one long-lived signal', () => {
  const TASKS = 1_000;

  it('has one listener for a thousand calls, groups and streams at once, and none after them', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const spy = new SpySignal();
    const { signal } = spy;
    const grouped = task(function* () {
      yield* group(
        function* (nursery) {
          nursery.spawn(brief().with({ signal }));
          yield* sleep(5);
        },
        { signal },
      );
    });
    const read = async (): Promise<void> => {
      for await (const _ of stream(executor, (out) => out.send('item')[Symbol.iterator](), { signal }));
    };
    const ends = Array.from({ length: TASKS }, () => [executor.run(brief(), { signal }), executor.run(grouped(), { signal }), read()]);
    await clock.advance(1);
    expect(spy).toMatchObject({ listeners: 1, mostListeners: 1 });
    await clock.advance(10);
    await Promise.all(ends.flat());
    expect(spy).toMatchObject({ listeners: 0, mostListeners: 1 });
  });

  it('has none left however they end: with a failure, cancelled, out of time, or by its own abort', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const spies = [new SpySignal(), new SpySignal(), new SpySignal(), new SpySignal()];
    const failing = task(function* () {
      yield* sleep(5);
      throw new Error('failed');
    });
    const ends = spies.flatMap(({ signal }, index) =>
      Array.from({ length: 100 }, () => {
        const body = task(() => group(() => (index === 0 ? failing() : sleeper())[Symbol.iterator](), { signal })[Symbol.iterator]());
        const handle = executor.submit(body(), { signal, timeoutMs: index === 2 ? 5 : undefined });
        if (index === 1) clock.setTimer(() => handle.cancel(), 5);
        return handle.result.catch((error: Error) => error.name);
      }),
    );
    clock.setTimer(() => spies[3]?.abort(), 5);
    await clock.advance(10);
    const names = await Promise.all(ends);
    expect([0, 100, 200, 300].map((at) => names[at])).toEqual(['Error', 'AbortError', 'TaskTimeoutError', 'AbortError']);
    expect(spies.map(({ listeners, mostListeners }) => [listeners, mostListeners])).toEqual(Array(4).fill([0, 1]));
    expect(clock.armed).toBe(0);
  });
});

describe('the signal that a task hands out', () => {
  it('aborts for the reason that the task was cancelled for, through until(), on() and current()', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const elsewhere = new InlineExecutor({ clock });
    const reasons: Record<string, unknown> = {};
    const note = (name: string, signal: AbortSignal): void => signal.addEventListener('abort', () => (reasons[name] = signal.reason));
    const waiting = task(function* (name: string) {
      note(`current() of ${name}`, current().signal);
      yield* until((signal) => {
        note(`until() of ${name}`, signal);
        return new Promise(() => {});
      });
    });
    const main = task(function* () {
      yield* all([waiting('child'), on(elsewhere, waiting('hop')), timeout(1_000, waiting('timeout'))]);
    });
    const handle = executor.submit(main());
    const failure = failureOf(handle.result);
    await settle();
    handle.cancel('user left');
    const error = await failure;
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'user left' });
    const names = ['child', 'hop', 'timeout'].flatMap((name) => [`current() of ${name}`, `until() of ${name}`]);
    expect(Object.keys(reasons).toSorted()).toEqual(names.toSorted());
    expect(new Set(Object.values(reasons))).toEqual(new Set([error]));
  });
});

describe('onAbort', () => {
  it('calls each callback once, in order, and not those that were taken back', () => {
    const spy = new SpySignal();
    const called: string[] = [];
    onAbort(spy.signal, () => called.push('first'));
    const stop = onAbort(spy.signal, () => called.push('taken back'));
    onAbort(spy.signal, () => called.push('second'));
    stop();
    stop();
    spy.abort();
    expect(called).toEqual(['first', 'second']);
    expect(spy.listeners).toBe(0);
  });

  it('calls back at once for a signal that has aborted already', () => {
    const called: string[] = [];
    onAbort(AbortSignal.abort(), () => called.push('at once'))();
    expect(called).toEqual(['at once']);
  });

  it('listens again after everyone had left', () => {
    const spy = new SpySignal();
    onAbort(spy.signal, () => {})();
    expect(spy.listeners).toBe(0);
    const called: string[] = [];
    onAbort(spy.signal, () => called.push('again'));
    spy.abort();
    expect(called).toEqual(['again']);
  });
});
