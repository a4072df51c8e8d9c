import { describe, expect, it } from 'vitest';
import { CancelledError, InlineExecutor, sleep, spawn, task, yieldNow } from '@heddle/core';
import { onAbort } from '@heddle/core/engine';
import { settle } from './fake-clock.ts';
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
