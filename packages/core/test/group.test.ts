import { describe, expect, it } from 'vitest';
import { CancelledError, group, InlineExecutor, sleep, spawn, task, yieldNow, type TaskGroup } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';
import { LifoExecutor } from './lifo-executor.ts';

const failing = task(function* (message: string, turns: number) {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  throw new Error(message);
});

const failingCleanUp = task(function* () {
  try {
    yield* sleep(1_000);
  } finally {
    // oxlint-disable-next-line no-unsafe-finally -- the point of the test
    throw new Error('clean-up failed');
  }
});

const value = task(function* (of: unknown) {
  yield* yieldNow();
  return of;
});

describe('group', () => {
  it('gives what its body returns', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      return yield* group(function* () {
        return yield* value('body');
      });
    });
    expect(await executor.run(main())).toBe('body');
  });

  it('ends only when all of its children have', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const child = task(function* (name: string, turns: number) {
      for (let turn = 0; turn < turns; turn++) yield* yieldNow();
      log.push(name);
    });
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(child('long', 5));
        nursery.spawn(child('short', 1));
        log.push('body');
      });
      log.push('after');
    });
    await executor.run(main());
    expect(log).toEqual(['body', 'short', 'long', 'after']);
  });

  it('lets children spawn siblings while it ends', async () => {
    const executor = new InlineExecutor();
    const log: number[] = [];
    const chain = task(function* (nursery: TaskGroup, length: number) {
      yield* yieldNow();
      log.push(length);
      if (length > 0) nursery.spawn(chain(nursery, length - 1));
    });
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(chain(nursery, 3));
      });
      log.push(-1);
    });
    await executor.run(main());
    expect(log).toEqual([3, 2, 1, 0, -1]);
  });

  it('throws the first failure raw and cancels the other children', async () => {
    const executor = new InlineExecutor();
    let wasInterrupted = false;
    const sleeper = task(function* () {
      try {
        yield* sleep(1_000_000);
      } catch (error) {
        wasInterrupted = error instanceof CancelledError;
        throw error;
      }
    });
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(sleeper());
        nursery.spawn(failing('first', 1));
        yield* sleep(1_000_000);
      });
    });
    const error = await failureOf(executor.run(main()));
    expect(error).toMatchObject({ message: 'first' });
    expect(error).not.toHaveProperty('suppressed');
    expect(wasInterrupted).toBe(true);
  });

  it('carries further failures along in `suppressed`, those of cancelled children too', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(failingCleanUp());
        nursery.spawn(failing('first', 1));
        nursery.spawn(failing('second', 1));
      });
    });
    const error = await failureOf(executor.run(main()));
    expect(error).toMatchObject({ message: 'first', suppressed: [{ message: 'second' }, { message: 'clean-up failed' }] });
  });

  it('cancels its children when its body fails, and throws what the body threw', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const state: { child?: string } = {};
      try {
        yield* group(function* (nursery) {
          const handle = nursery.spawn(failingCleanUp());
          yield* yieldNow();
          state.child = handle.state;
          throw new Error('body failed');
        });
      } catch (error) {
        return [state.child, error];
      }
    });
    expect(await executor.run(main())).toEqual(['awaiting', expect.objectContaining({ message: 'body failed' })]);
  });

  it('does not disturb what follows after its failure was caught', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      try {
        yield* group(function* (nursery) {
          yield* nursery.spawn(failing('caught', 0));
        });
      } catch {
        // Goes on.
      }
      yield* yieldNow();
      return 'undisturbed';
    });
    expect(await executor.run(main())).toBe('undisturbed');
  });

  it('does not disturb what follows after the grace period of its cancellation', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 10 });
    const main = task(function* () {
      try {
        yield* group(function* (nursery) {
          nursery.spawn(failing('caught', 1));
          yield* sleep(1_000);
        });
      } catch {
        // Goes on.
      }
      yield* sleep(100);
      return 'undisturbed';
    });
    const result = executor.run(main());
    result.catch(() => {});
    await clock.advance(100);
    expect(await result).toBe('undisturbed');
    expect(clock.armed).toBe(0);
  });

  it('insists after the grace period while its body still suspends', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 10 });
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(failing('first', 0));
        try {
          yield* sleep(1_000);
        } finally {
          yield* sleep(1_000);
        }
      });
    });
    const handle = executor.submit(main());
    handle.result.catch(() => {});
    await clock.advance(9);
    expect(handle.state).toBe('awaiting');
    await clock.advance(1);
    expect(handle.outcome).toMatchObject({ status: 'rejected', reason: { message: 'first' } });
  });

  it('returns normally when it was cancelled and its body ends without another suspension', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const states: string[] = [];
      const got = yield* group(function* (nursery) {
        const child = nursery.spawn(value(1));
        nursery.cancel();
        states.push(child.state);
        return 'body';
      });
      yield* yieldNow();
      return [got, ...states];
    });
    expect(await executor.run(main())).toEqual(['body', 'complete']);
  });

  it('throws CancelledError with the reason into a body that its own `cancel` interrupts', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.cancel('enough');
        yield* yieldNow();
      });
    });
    const error = await failureOf(executor.run(main()));
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ cause: 'enough' });
  });

  it('does not count a child that was cancelled by its handle as a failure', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      return yield* group(function* (nursery) {
        nursery.spawn(value(1)).cancel();
        yield* yieldNow();
        return 'body';
      });
    });
    expect(await executor.run(main())).toBe('body');
  });

  it('counts a child that ran into its own time-out as a failure', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const slow = task(function* () {
      yield* sleep(100);
    });
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(slow().with({ timeoutMs: 5 }));
      });
    });
    const handle = executor.submit(main());
    handle.result.catch(() => {});
    await clock.advance(5);
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_TIMEOUT', phase: 'run', limitMs: 5 } });
  });

  it('is interrupted by the cancellation of its task, even while an inner failure is on its way', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const main = task(function* () {
      try {
        yield* group(function* (nursery) {
          nursery.spawn(failing('inner', 1));
          yield* sleep(1_000);
        });
      } catch (error) {
        log.push((error as Error).message);
      }
      yield* sleep(1_000);
      log.push('not reached');
    });
    const handle = executor.submit(main());
    // In the same turn in which the child fails, so that both interrupts meet in the body.
    const canceller = task(function* () {
      yield* yieldNow();
      yield* yieldNow();
      handle.cancel('outer');
    });
    await executor.run(canceller());
    await expect(handle.result).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'outer' });
    expect(log).toEqual(['inner']);
  });

  it('owns what its body spawns with `spawn` too', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* group(function* () {
        yield* spawn(failing('spawned', 1));
        yield* sleep(1_000_000);
      });
    });
    await expect(executor.run(main())).rejects.toThrow('spawned');
  });

  it('waits for the end of its task’s children only inside its own braces', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const long = task(function* () {
      for (let turn = 0; turn < 5; turn++) yield* yieldNow();
      log.push('spawned before the group');
    });
    const main = task(function* () {
      yield* spawn(long());
      yield* group(function* (nursery) {
        nursery.spawn(value(1));
      });
      log.push('after the group');
    });
    await executor.run(main());
    expect(log).toEqual(['after the group', 'spawned before the group']);
  });

  it('gets a clear error for a body that is no function, and for a spawn of no call', async () => {
    const executor = new InlineExecutor();
    expect(() => group('body' as never)).toThrow(new TypeError("Expected group() of a generator function, got the string 'body'"));
    const main = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(5 as never);
      });
    });
    await expect(executor.run(main())).rejects.toThrow('Expected group.spawn() of a call, such as group.spawn(fib(30)), got the number 5');
  });
});

describe('a group that was cancelled', () => {
  it('starts nothing any more, and leaves the queue of its executor alone', async () => {
    const executor = new LifoExecutor({});
    const log: string[] = [];
    const say = task((text: string) => void log.push(text));
    const main = task(function* () {
      try {
        yield* group(function* (nursery) {
          executor.submit(say('neighbour'));
          nursery.cancel();
          const late = nursery.spawn(say('late'));
          log.push(late.state);
          yield* sleep(0);
        });
      } catch {
        log.push('cancelled');
      }
    });
    await executor.run(main());
    await settle();
    expect(log.toSorted()).toEqual(['cancelled', 'complete', 'neighbour']);
  });
});

describe('a group that leaks out of its body', () => {
  it('refuses to spawn after its end', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      let leaked: TaskGroup | undefined;
      yield* group(function* (nursery) {
        leaked = nursery;
      });
      leaked?.spawn(value(1));
    });
    await expect(executor.run(main())).rejects.toThrow('Expected group.spawn() before the group has ended, got a call after its end');
    await settle();
    expect(executor.snapshot().tasks).toEqual([]);
  });
});
