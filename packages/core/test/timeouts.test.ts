import { describe, expect, it } from 'vitest';
import { all, current, deadline, group, InlineExecutor, sleep, spawn, task, TaskTimeoutError, timeout, type CallOptions } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';
import { HeldExecutor } from './held-executor.ts';

const nap = task(function* nap(ms: number) {
  yield* sleep(ms);
  return 'slept';
});

/** Runs `nap(ms)` with `options`, advances the clock by a second, and returns how it ended. */
async function ended(ms: number, options: CallOptions): Promise<unknown> {
  const clock = new FakeClock();
  await clock.advance(1_000);
  const executor = new InlineExecutor({ clock });
  const handle = executor.submit(nap(ms), options);
  handle.result.catch(() => {});
  await clock.advance(1_000);
  expect(clock.armed).toBe(0);
  return handle.outcome?.status === 'rejected' ? handle.outcome.reason : handle.outcome?.value;
}

describe('timeoutMs', () => {
  it('ends a call that runs longer, with an error that says so', async () => {
    const error = await ended(100, { timeoutMs: 50 });
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ name: 'TaskTimeoutError', code: 'ERR_HEDDLE_TIMEOUT', phase: 'run', limitMs: 50, message: 'Task nap ran longer than 50 ms' });
  });

  it('leaves a call alone that ends in time', async () => {
    expect(await ended(49, { timeoutMs: 50 })).toBe('slept');
  });

  it('counts from the first step, not from the submission', async () => {
    const clock = new FakeClock();
    const executor = new HeldExecutor({ clock });
    const result = executor.run(nap(10), { timeoutMs: 11 });
    await clock.advance(100);
    executor.release();
    await clock.advance(10);
    expect(await result).toBe('slept');
  });

  it('lets finally blocks suspend, and settles after them', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const log: string[] = [];
    const tidy = task(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(5);
        log.push(`cleaned up at ${clock.now()}`);
      }
    });
    const end = failureOf(executor.run(tidy(), { timeoutMs: 50 }));
    await clock.advance(55);
    expect(await end).toMatchObject({ phase: 'run' });
    expect(log).toEqual(['cleaned up at 55']);
  });

  it('lets a task return a value although its time is up', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const fallback = task(function* () {
      try {
        return yield* nap(1_000);
      } catch (error) {
        return (error as Error).cause;
      }
    });
    const result = executor.run(fallback(), { timeoutMs: 50 });
    await clock.advance(50);
    expect(await result).toBeInstanceOf(TaskTimeoutError);
  });

  it('limits an awaited call without limiting the one that awaits it', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      try {
        yield* nap(100).with({ timeoutMs: 10 });
      } catch (error) {
        return [(error as Error).message, yield* nap(100)];
      }
    });
    const result = executor.run(main());
    await clock.advance(110);
    expect(await result).toEqual(['Task nap ran longer than 10 ms', 'slept']);
  });

  it('may stand in the definition of the task', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const limited = task(import.meta, 'limited', function* () {
      yield* sleep(100);
    }, { timeoutMs: 10 });
    const main = task(function* () {
      yield* limited();
    });
    const end = failureOf(executor.run(main()));
    await clock.advance(10);
    expect(await end).toMatchObject({ phase: 'run', limitMs: 10 });
  });

  it('reaches the children, which are cancelled and not timed out', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const ends: unknown[] = [];
    const child = task(function* () {
      try {
        yield* sleep(1_000);
      } catch (error) {
        ends.push((error as Error).name);
        throw error;
      }
    });
    const main = task(function* () {
      const handle = yield* spawn(child());
      try {
        yield* all([child(), child()]);
      } finally {
        yield* sleep(1);
        ends.push(handle.outcome);
      }
    });
    const end = failureOf(executor.run(main(), { timeoutMs: 10 }));
    await clock.advance(20);
    const error = await end;
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).not.toHaveProperty('suppressed');
    expect(ends).toEqual(['AbortError', 'AbortError', 'AbortError', { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_HEDDLE_CANCELLED', cause: error }) }]);
  });

  it('of a child that nobody awaits fails its parent', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      yield* spawn(nap(100).with({ timeoutMs: 10 }));
      return 'not what counts';
    });
    const end = failureOf(executor.run(main()));
    await clock.advance(10);
    expect(await end).toBeInstanceOf(TaskTimeoutError);
  });
});

describe('queueTimeoutMs', () => {
  it('ends a call that has not started by then, and never starts it', async () => {
    const clock = new FakeClock();
    let hasRun = false;
    // Nothing starts here until the test says so.
    const executor = new HeldExecutor({ clock });
    const handle = executor.submit(task(function held() {
      hasRun = true;
    })(), { queueTimeoutMs: 10 });
    const end = failureOf(handle.result);
    await clock.advance(10);
    expect(await end).toMatchObject({ phase: 'queue', limitMs: 10, message: 'Task held waited longer than 10 ms to start' });
    executor.release();
    await settle();
    expect(hasRun).toBe(false);
    expect(executor.stats()).toMatchObject({ queued: 0, cancelled: 1 });
  });

  it('leaves a call alone once it has started', async () => {
    expect(await ended(100, { queueTimeoutMs: 10 })).toBe('slept');
  });
});

describe('deadline', () => {
  it('ends a call that has not ended by that moment', async () => {
    const error = await ended(100, { deadline: 1_050 });
    expect(error).toMatchObject({ phase: 'deadline', limitMs: 1_050, message: 'Task nap missed its deadline' });
  });

  it('leaves a call alone that has', async () => {
    expect(await ended(49, { deadline: 1_050 })).toBe('slept');
  });

  it('never starts a call after it', async () => {
    const clock = new FakeClock();
    await clock.advance(100);
    const executor = new InlineExecutor({ clock });
    let hasRun = false;
    for (const deadline of [99, 100]) {
      const error = await failureOf(executor.run(task(() => (hasRun = true))(), { deadline }));
      expect(error).toMatchObject({ phase: 'deadline', limitMs: deadline });
    }
    expect(hasRun).toBe(false);
    expect(clock.armed).toBe(0);
  });

  it('is told to the task, and to its children, the earliest first', async () => {
    const executor = new InlineExecutor();
    const far = Date.now() + 1_000_000;
    const told = task(function* () {
      yield* sleep(0);
      return current().deadline;
    });
    const main = task(function* () {
      return [current().deadline, yield* yield* spawn(told()), yield* told().with({ deadline: far + 1 }), yield* told().with({ deadline: far - 1 })];
    });
    expect(await executor.run(main(), { deadline: far })).toEqual([far, far, far, far - 1]);
    expect(await executor.run(told())).toBe(undefined);
  });
});

describe('what runs inside of timeout() or deadline()', () => {
  it('knows by when it must have ended, children and nested scopes included', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const told = task(() => current().deadline);
    const main = task(function* () {
      const outside = [current().deadline];
      const inside = yield* timeout(
        100,
        group(function* (nursery) {
          const narrower = yield* deadline(50, all([told(), told()]));
          const wider = yield* timeout(500, told());
          return [current().deadline, yield* told(), yield* nursery.spawn(told()), ...narrower, wider];
        }),
      );
      return [...outside, ...inside, current().deadline];
    });
    expect(await executor.run(main())).toEqual([undefined, 100, 100, 100, 50, 50, 100, undefined]);
  });
});

describe('several limits', () => {
  it('end the call by whichever comes first', async () => {
    expect(await ended(100, { timeoutMs: 30, deadline: 1_020 })).toMatchObject({ phase: 'deadline' });
    expect(await ended(100, { timeoutMs: 10, deadline: 1_020, queueTimeoutMs: 5 })).toMatchObject({ phase: 'run' });
    expect(await ended(100, { timeoutMs: 10, signal: AbortSignal.abort() })).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' });
  });

  it('leave no timer behind when a group fails meanwhile', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(nap(1_000).with({ timeoutMs: 500, deadline: 600 }));
        yield* sleep(1);
        throw new Error('failed');
      });
    });
    const end = failureOf(executor.run(main(), { timeoutMs: 700 }));
    await clock.advance(1);
    expect(await end).toMatchObject({ message: 'failed' });
    expect(clock.armed).toBe(0);
  });
});
