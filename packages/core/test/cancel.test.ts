import { describe, expect, it } from 'vitest';
import {
  all,
  CancelledError,
  current,
  group,
  InlineExecutor,
  isCancelled,
  sleep,
  spawn,
  task,
  until,
  yieldNow,
  type Coroutine,
  type TaskHandle,
} from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';
import { LifoExecutor } from './lifo-executor.ts';

const sleeper = task(function* (log: string[], name: string) {
  try {
    yield* sleep(1_000_000);
  } finally {
    log.push(`${name} cleaned up`);
  }
});

describe('cancelling a task that has not started', () => {
  it('never starts it', async () => {
    const executor = new InlineExecutor();
    let hasRun = false;
    const handle = executor.submit(
      task(() => {
        hasRun = true;
      })(),
    );
    handle.cancel('changed my mind');
    expect(handle.state).toBe('complete');
    const error = await failureOf(handle.result);
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ERR_HEDDLE_CANCELLED', cause: 'changed my mind', message: 'The task was cancelled: changed my mind' });
    await settle();
    expect(hasRun).toBe(false);
  });

  it('takes any value as the reason', async () => {
    const executor = new InlineExecutor();
    const reasons = [Object.create(null), Symbol('reason'), null, 0, new Error('why'), { code: 4 }] as unknown[];
    const messages = [];
    for (const reason of reasons) {
      const handle = executor.submit(task(() => 1)());
      handle.cancel(reason);
      const error = (await failureOf(handle.result)) as Error;
      expect(error.cause).toBe(reason);
      messages.push(error.message.replace('The task was cancelled: ', ''));
    }
    expect(messages).toEqual(['an object', 'Symbol(reason)', 'null', '0', 'why', '[object Object]']);
  });

  it('has no effect on its neighbours in the queue', async () => {
    const executor = new InlineExecutor();
    const name = task((of: string) => of);
    const handles = ['a', 'b', 'c'].map((of) => executor.submit(name(of)));
    handles[1]?.cancel();
    const outcomes = await Promise.allSettled(handles.map((handle) => handle.result));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('cancelling a task that waits', () => {
  it('throws CancelledError where it waits, and settles after its finally blocks', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const log: string[] = [];
    const handle = executor.submit(sleeper(log, 'task'));
    await settle();
    handle.cancel();
    expect(handle.state).toBe('ready');
    await expect(handle.result).rejects.toThrow(CancelledError);
    expect(log).toEqual(['task cleaned up']);
    expect(clock.armed).toBe(0);
  });

  it('lets finally blocks suspend', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const log: string[] = [];
    const slowCleanUp = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        yield* sleep(10);
        log.push('first');
        yield* yieldNow();
        log.push(yield* task(() => 'second')());
      }
    });
    const handle = executor.submit(slowCleanUp());
    handle.result.catch(() => {});
    await settle();
    handle.cancel();
    await clock.advance(10);
    expect(log).toEqual(['first', 'second']);
    expect(isCancelled((handle.outcome as PromiseRejectedResult).reason)).toBe(true);
  });

  it('throws once only: whoever catches it goes on', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const stubborn = task(function* () {
      try {
        yield* sleep(1_000_000);
      } catch {
        yield* sleep(10);
        yield* sleep(10);
        return 'finished anyway';
      }
    });
    const handle = executor.submit(stubborn());
    await settle();
    handle.cancel();
    handle.cancel('again');
    await clock.advance(20);
    expect(await handle.result).toBe('finished anyway');
  });

  it('throws at every suspension after the grace period', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 100 });
    const log: string[] = [];
    const stubborn = task(function* () {
      for (let attempt = 0; attempt < 3; attempt++) {
        try {
          yield* sleep(1_000);
          log.push('slept');
        } catch (error) {
          log.push(isCancelled(error) ? `interrupted at ${clock.now()}` : 'another error');
        }
      }
      return 'gave in';
    });
    const handle = executor.submit(stubborn());
    await settle();
    handle.cancel();
    await clock.advance(99);
    expect(log).toEqual(['interrupted at 0']);
    await clock.advance(1);
    expect(log).toEqual(['interrupted at 0', 'interrupted at 100', 'interrupted at 100']);
    expect(await handle.result).toBe('gave in');
  });

  it('leaves no timer behind when the task ends within its grace period', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const handle = executor.submit(sleeper([], 'task'));
    await settle();
    handle.cancel();
    await failureOf(handle.result);
    expect(clock.armed).toBe(0);
  });

  it('reaches the innermost of nested calls and unwinds all of them', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const nested = task(function* (depth: number): Coroutine<void> {
      try {
        if (depth === 0) yield* sleep(1_000_000);
        else yield* nested(depth - 1);
      } finally {
        log.push(`depth ${depth}`);
      }
    });
    const handle = executor.submit(nested(3));
    await settle();
    handle.cancel();
    await failureOf(handle.result);
    expect(log).toEqual(['depth 0', 'depth 1', 'depth 2', 'depth 3']);
  });

  it('aborts the signal of `until` and goes on without its promise', async () => {
    const executor = new InlineExecutor();
    let signal: AbortSignal | undefined;
    const waiting = task(function* () {
      yield* until(
        (given) =>
          new Promise((_resolve, reject) => {
            signal = given;
            given.addEventListener('abort', () => reject(new Error('ignored')));
          }),
      );
    });
    const handle = executor.submit(waiting());
    await settle();
    expect(signal?.aborted).toBe(false);
    handle.cancel();
    expect(signal?.aborted).toBe(true);
    await expect(handle.result).rejects.toThrow(CancelledError);
  });

  it('settles with the error of a finally block that fails', async () => {
    const executor = new InlineExecutor();
    const broken = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- the point of the test
        throw new Error('clean-up failed');
      }
    });
    const handle = executor.submit(broken());
    await settle();
    handle.cancel();
    await expect(handle.result).rejects.toThrow('clean-up failed');
    expect(executor.stats()).toMatchObject({ cancelled: 0, failed: 1 });
  });
});

describe('cancelling a task that runs', () => {
  it('throws at its next suspension', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const self = task(function* (handles: TaskHandle<unknown>[]) {
      handles[0]?.cancel();
      log.push('still running');
      yield* yieldNow();
      log.push('not reached');
    });
    const handles: TaskHandle<unknown>[] = [];
    handles.push(executor.submit(self(handles)));
    await failureOf(handles[0]!.result); // Invariant: pushed above.
    expect(log).toEqual(['still running']);
  });

  it('is seen by a plain loop through shouldYield and the signal', async () => {
    const executor = new InlineExecutor();
    const seen: boolean[] = [];
    const handles: TaskHandle<unknown>[] = [];
    const self = task(() => {
      const context = current();
      seen.push(context.shouldYield(), context.signal.aborted);
      handles[0]?.cancel('stop');
      seen.push(context.shouldYield(), context.signal.aborted);
      return isCancelled(context.signal.reason);
    });
    handles.push(executor.submit(self()));
    expect(await handles[0]?.result).toBe(true);
    expect(seen).toEqual([false, false, true, true]);
  });
});

describe('cancelling a task with an async body', () => {
  const log: string[] = [];
  const asyncSleeper = task(async () => {
    const { signal } = current();
    try {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    } finally {
      await settle();
      log.push('cleaned up');
    }
  });

  it('tells it through its signal and waits for its end', async () => {
    log.length = 0;
    const executor = new InlineExecutor();
    const handle = executor.submit(asyncSleeper());
    await settle();
    handle.cancel('stop');
    const error = await failureOf(handle.result);
    expect(log).toEqual(['cleaned up']);
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'stop' });
  });

  it('lets go of one that does not listen after the grace period', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 10 });
    const deaf = task(async () => {
      await new Promise(() => {});
    });
    const handle = executor.submit(deaf());
    handle.result.catch(() => {});
    await settle();
    handle.cancel();
    await clock.advance(9);
    expect(handle.state).toBe('awaiting');
    await clock.advance(1);
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } });
  });

  it('waits for an async function that cancels its own task before its first await', async () => {
    const executor = new InlineExecutor();
    const ends: string[] = [];
    const handles: TaskHandle<unknown>[] = [];
    const self = task(async () => {
      handles[0]?.cancel();
      await settle();
      ends.push('ended');
    });
    const main = task(function* () {
      try {
        yield* self();
      } finally {
        ends.push('main');
      }
    });
    handles.push(executor.submit(main()));
    await handles[0]?.result.catch(() => {});
    expect(ends).toEqual(['ended', 'main']);
  });
});

describe('cancelling a task with children', () => {
  it('cancels them, and settles after they have', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const main = task(function* () {
      yield* spawn(sleeper(log, 'spawned'));
      yield* group(function* (nursery) {
        nursery.spawn(sleeper(log, 'in the group'));
        yield* sleep(1_000_000);
      });
    });
    const handle = executor.submit(main());
    handle.result.catch(() => log.push('settled'));
    await settle();
    handle.cancel();
    await failureOf(handle.result);
    await settle();
    expect(log.toSorted()).toEqual(['in the group cleaned up', 'settled', 'spawned cleaned up']);
    expect(log.at(-1)).toBe('settled');
  });

  it('reaches every child although an abort listener of one ends another', async () => {
    const clock = new FakeClock();
    const executor = new LifoExecutor({ clock });
    const handles: TaskHandle<unknown>[] = [];
    // The newest child starts first. Its listener ends the one that would be next, which leaves the list of children.
    const first = task(function* () {
      current().signal.addEventListener('abort', () => handles[1]?.cancel());
      handles[0]?.cancel();
      yield* sleep(1_000_000);
    });
    const main = task(function* () {
      yield* spawn(sleeper([], 'oldest'));
      handles.push(yield* spawn(sleeper([], 'middle')));
      yield* spawn(first());
    });
    handles.push(executor.submit(main()));
    handles[0]?.result.catch(() => {});
    await settle();
    expect(handles[0]?.state).toBe('complete');
    expect(clock.armed).toBe(0);
  });

  it('does not let `all` give half of its values', async () => {
    const executor = new InlineExecutor();
    const seen: unknown[] = [];
    const main = task(function* () {
      seen.push(yield* all([sleeper([], 'child'), Promise.resolve(1)]));
    });
    const handle = executor.submit(main());
    await settle();
    handle.cancel();
    await expect(handle.result).rejects.toThrow(CancelledError);
    expect(seen).toEqual([]);
  });

  it('tells a task that waits for its children, although its body has ended', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* spawn(sleeper([], 'child'));
      return 'value';
    });
    const handle = executor.submit(main());
    await settle();
    handle.cancel();
    await expect(handle.result).rejects.toThrow(CancelledError);
  });

  it('waits, without turning in circles, for a child spawned in a finally block that outlives the grace period', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 10 });
    const log: string[] = [];
    const slowCleanUp = task(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(8);
        log.push(`child cleaned up at ${clock.now()}`);
      }
    });
    const main = task(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(5);
        yield* spawn(slowCleanUp());
        yield* sleep(100);
      }
    });
    const handle = executor.submit(main());
    handle.result.catch(() => {});
    await settle();
    handle.cancel();
    await clock.advance(100);
    expect(log).toEqual(['child cleaned up at 18']);
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } });
  });
});
