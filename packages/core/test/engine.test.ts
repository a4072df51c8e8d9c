import { describe, expect, it } from 'vitest';
import { current, group, InlineExecutor, sleep, spawn, task, TraceRecorder, yieldNow, type Coroutine } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { LifoExecutor } from './lifo-executor.ts';

/** The article's order: an awaited call goes through the queue instead of running inside its caller. */
class QueueingExecutor extends InlineExecutor {
  override readonly awaits = 'queue';
}

const count = task(function* (n: number): Coroutine<number> {
  return n === 0 ? 0 : 1 + (yield* count(n - 1));
});

const countAndSuspend = task(function* (n: number): Coroutine<number> {
  if (n > 0) return 1 + (yield* countAndSuspend(n - 1));
  yield* yieldNow();
  return 0;
});

const failAt = task(function* (n: number): Coroutine<number> {
  if (n > 0) return 1 + (yield* failAt(n - 1));
  throw new Error('at the bottom');
});

describe('a chain of awaits', () => {
  it('may be a million deep', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(count(1_000_000))).toBe(1_000_000);
  });

  it('may suspend at its bottom and return through all of its frames', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(countAndSuspend(100_000))).toBe(100_000);
  });

  it('throws an error through all of its frames', async () => {
    const executor = new InlineExecutor();
    await expect(executor.run(failAt(100_000))).rejects.toThrow('at the bottom');
  });

  it('may be a long loop of short awaits', async () => {
    const executor = new InlineExecutor();
    const loop = task(function* () {
      let sum = 0;
      for (let index = 0; index < 100_000; index++) sum += yield* count(1);
      return sum;
    });
    expect(await executor.run(loop())).toBe(100_000);
  });

  it('may be 100,000 spawns deep', async () => {
    const executor = new InlineExecutor();
    const chain = task(function* (n: number): Coroutine<number> {
      if (n === 0) return 0;
      const child = yield* spawn(chain(n - 1));
      return 1 + (yield* child);
    });
    expect(await executor.run(chain(100_000))).toBe(100_000);
  });
});

describe('a chain of 100,000 spawned tasks that all wait', () => {
  const DEPTH = 100_000;
  const waiting = task(function* (n: number): Coroutine<void> {
    if (n === 0) yield* sleep(1_000_000);
    else yield* yield* spawn(waiting(n - 1));
  });

  it('can be looked at, and cancelled from its top', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const handle = executor.submit(waiting(DEPTH));
    handle.result.catch(() => {});
    await settle();
    expect(executor.snapshot().tasks.length).toBe(DEPTH + 1);
    handle.cancel();
    await settle();
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } });
    expect(executor.stats()).toMatchObject({ awaiting: 0, cancelled: DEPTH + 1 });
    expect(clock.armed).toBe(0);
  });
});

describe('the innermost of 20,000 nested scopes', () => {
  it('knows that its task was cancelled', async () => {
    const nested = task(function* (n: number): Coroutine<boolean> {
      if (n > 0) {
        return yield* group(function* () {
          return yield* nested(n - 1);
        });
      }
      handles[0]?.cancel();
      return current().signal.aborted;
    });
    const handles = [new InlineExecutor().submit(nested(20_000))];
    expect(await handles[0]?.result).toBe(true);
  });
});

describe('an await', () => {
  it('runs a call that never suspends without a turn of its own', async () => {
    const trace = new TraceRecorder();
    const executor = new InlineExecutor({ trace });
    const main = task(function* () {
      return (yield* count(3)) + (yield* count(4));
    });
    expect(await executor.run(main())).toBe(7);
    expect(trace.events.map((event) => event.type)).toEqual(['queued', 'started', 'completed']);
  });

  it('sends each call through the queue where the executor awaits by queue', async () => {
    const trace = new TraceRecorder();
    const executor = new QueueingExecutor({ trace });
    const leaf = task(function* () {
      yield* yieldNow();
      return 1;
    });
    const main = task(function* () {
      return (yield* leaf()) + (yield* leaf()) + (yield* count(2));
    });
    expect(await executor.run(main())).toBe(4);
    expect(trace.events.filter((event) => event.type === 'queued')).toHaveLength(6);
  });

  it('gives a failure to the awaiting body, whichever way the executor awaits', async () => {
    const main = task(function* () {
      try {
        yield* failAt(3);
      } catch (error) {
        return (error as Error).message;
      }
    });
    for (const executor of [new InlineExecutor(), new QueueingExecutor(), new LifoExecutor()]) {
      expect(await executor.run(main())).toBe('at the bottom');
    }
  });

  it('resumes after a failure that was caught in the middle', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const middle = task(function* () {
      try {
        yield* failAt(100);
      } catch {
        log.push('caught');
        yield* sleep(0);
      } finally {
        log.push('finally');
      }
      return yield* count(2);
    });
    const main = task(function* () {
      return [yield* middle(), yield* middle()];
    });
    expect(await executor.run(main())).toEqual([2, 2]);
    expect(log).toEqual(['caught', 'finally', 'caught', 'finally']);
  });
});

describe('a task that submits to another executor of its thread', () => {
  it('may await the handle like any other', async () => {
    const executor = new InlineExecutor();
    const other = new InlineExecutor();
    const main = task(function* () {
      const handle = other.submit(count(5));
      const own = yield* count(3);
      return own + (yield* handle);
    });
    expect(await executor.run(main())).toBe(8);
  });
});
