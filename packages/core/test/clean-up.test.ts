/** What runs to its end when tasks are cancelled, and what is cut short. */

import { describe, expect, it } from 'vitest';
import { all, group, InlineExecutor, on, race, shield, sleep, spawn, task, timeout, until, use, type Operation, type TaskGroup, type TaskHandle } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';

const CANCELLED = { status: 'rejected', reason: { code: 'ERR_HEDDLE_CANCELLED' } };

function harness(options: { graceMs?: number } = {}) {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock, ...options });
  const log: string[] = [];
  const note = (text: string): void => void log.push(`${clock.now()} ms: ${text}`);
  /** Sleeps for long, and cleans up for a while. */
  const tidy = task(function* (name: string, cleanUpMs: number, ms = 1_000_000) {
    try {
      yield* sleep(ms);
    } finally {
      yield* sleep(cleanUpMs);
      note(`${name} cleaned up`);
    }
  });
  const submit = <R>(operation: () => Operation<R>): TaskHandle<R> => {
    const handle = executor.submit(
      task(function* () {
        return yield* operation();
      })(),
    );
    // Each test looks at the outcome.
    handle.result.catch(() => {});
    return handle;
  };
  return { clock, executor, log, note, tidy, submit };
}

describe('a finally block that suspends runs to its end', () => {
  it('when its task is cancelled twice', async () => {
    const { clock, log, tidy, submit } = harness();
    const handle = submit(() => tidy('task', 10));
    await clock.advance(1);
    handle.cancel();
    await clock.advance(1);
    handle.cancel();
    await clock.advance(10);
    expect(log).toEqual(['11 ms: task cleaned up']);
    expect(handle.outcome).toMatchObject(CANCELLED);
  });

  it('when its task is cancelled while it cleans up after a timeout', async () => {
    const { clock, log, tidy, note, submit } = harness();
    const handle = submit(function* () {
      try {
        yield* timeout(5, tidy('inner', 10));
      } finally {
        note('outer');
      }
    });
    await clock.advance(6);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['15 ms: inner cleaned up', '15 ms: outer']);
    expect(handle.state).toBe('complete');
  });

  it('and then the cancellation that has come meanwhile is thrown', async () => {
    const { clock, log, tidy, note, submit } = harness();
    const handle = submit(function* () {
      try {
        yield* timeout(5, tidy('inner', 10));
      } catch (error) {
        note((error as Error).name);
      }
      yield* sleep(1_000);
      note('not reached');
    });
    await clock.advance(6);
    handle.cancel('stop');
    await clock.advance(20);
    expect(log).toEqual(['15 ms: inner cleaned up', '15 ms: TaskTimeoutError']);
    expect(handle.outcome).toMatchObject({ reason: { cause: 'stop' } });
  });

  it('when a timeout around it runs out while it cleans up after the cancellation of its task', async () => {
    const { clock, log, tidy, submit } = harness();
    const handle = submit(() => timeout(5, tidy('task', 10)));
    await clock.advance(4);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['14 ms: task cleaned up']);
    expect(handle.outcome).toMatchObject(CANCELLED);
    expect(clock.armed).toBe(0);
  });

  it('when a child of its group fails while it cleans up', async () => {
    const { clock, log, tidy, submit } = harness();
    const failing = task(function* () {
      try {
        yield* sleep(1_000);
      } catch {
        yield* sleep(1);
        throw new Error('clean-up failed');
      }
    });
    const handle = submit(() =>
      group(function* (nursery) {
        nursery.spawn(failing());
        yield* tidy('body', 10);
      }),
    );
    await clock.advance(1);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['11 ms: body cleaned up']);
  });

  it('after an async function was asked to stop', async () => {
    const { clock, log, note, submit } = harness();
    const listening = task((signal: AbortSignal) => new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))));
    const controller = new AbortController();
    const handle = submit(function* () {
      try {
        yield* listening(controller.signal);
      } finally {
        yield* sleep(10);
        note('cleaned up');
      }
    });
    await clock.advance(1);
    handle.cancel();
    controller.abort();
    await clock.advance(20);
    expect(log).toEqual(['11 ms: cleaned up']);
  });

  it('after a hop to another executor', async () => {
    const { clock, log, note, tidy, submit } = harness();
    const other = new InlineExecutor({ clock });
    const handle = submit(function* () {
      try {
        yield* on(other, tidy('there', 5));
      } finally {
        yield* sleep(10);
        note('here');
      }
    });
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(20);
    expect(log).toEqual(['6 ms: there cleaned up', '16 ms: here']);
    expect(handle.outcome).toMatchObject({ reason: { cause: 'stop' } });
  });

  it('after a group of which a child has failed while all of it was cancelled', async () => {
    const { clock, log, note, submit } = harness();
    const failing = task(function* () {
      try {
        yield* sleep(1_000);
      } catch {
        throw new Error('clean-up failed');
      }
    });
    const handle = submit(function* () {
      try {
        yield* group(function* (nursery) {
          nursery.spawn(failing());
        });
      } finally {
        yield* sleep(10);
        note('cleaned up');
      }
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['11 ms: cleaned up']);
  });

  it('but a timeout inside of it counts', async () => {
    const { clock, log, note, submit } = harness();
    const handle = submit(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        try {
          yield* timeout(5, sleep(100));
        } catch (error) {
          note((error as Error).name);
        }
      }
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['6 ms: TaskTimeoutError']);
  });

  it('but for no longer than the grace period of the first cancellation', async () => {
    const { clock, log, note, tidy, submit } = harness({ graceMs: 20 });
    const handle = submit(function* () {
      try {
        yield* timeout(5, tidy('inner', 1_000));
      } finally {
        note('outer');
      }
    });
    await clock.advance(6);
    handle.cancel();
    await clock.advance(100);
    expect(log).toEqual(['25 ms: outer']);
    expect(handle.outcome).toMatchObject({ status: 'rejected' });
    expect(clock.armed).toBe(0);
  });
});

describe('a call with limits of its own, which runs beside the one that awaits it', () => {
  it('has cleaned up before the one that awaits it does', async () => {
    const { clock, log, note, tidy, submit } = harness();
    const handle = submit(function* () {
      try {
        yield* tidy('callee', 5).with({ timeoutMs: 1_000 });
      } finally {
        yield* sleep(10);
        note('caller');
      }
    });
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(20);
    expect(log).toEqual(['6 ms: callee cleaned up', '16 ms: caller']);
    expect(handle.outcome).toMatchObject({ reason: { cause: 'stop' } });
  });

  it('has done so too where a timeout around it runs out', async () => {
    const { clock, log, note, tidy, submit } = harness();
    const handle = submit(function* () {
      try {
        yield* timeout(5, tidy('callee', 5).with({ timeoutMs: 1_000 }));
      } catch (error) {
        note((error as Error).name);
        yield* sleep(10);
        note('caller');
      }
    });
    await clock.advance(100);
    expect(log).toEqual(['10 ms: callee cleaned up', '10 ms: TaskTimeoutError', '20 ms: caller']);
    expect(handle.outcome).toMatchObject({ status: 'fulfilled' });
  });
});

describe('a cancellation reaches', () => {
  it('what a task begins to await before it has been thrown', async () => {
    const { clock, executor, log, tidy } = harness();
    const handles: TaskHandle<unknown>[] = [];
    const main = task(function* () {
      handles[0]?.cancel('self');
      yield* all([tidy('one', 1), tidy('other', 2)]);
    });
    handles.push(executor.submit(main()));
    handles[0]?.result.catch(() => {});
    await clock.advance(5);
    expect(handles[0]?.outcome).toMatchObject({ reason: { cause: 'self' } });
    expect(log).toEqual([]);
  });

  it('the children of a task that ends before it has been thrown', async () => {
    const { clock, executor } = harness();
    const handles: TaskHandle<unknown>[] = [];
    const main = task(function* () {
      handles[0]?.cancel('self');
      yield* spawn(task(() => sleep(1_000))());
      return 'value';
    });
    handles.push(executor.submit(main()));
    handles[0]?.result.catch(() => {});
    await clock.advance(5);
    expect(handles[0]?.outcome).toMatchObject({ reason: { cause: 'self' } });
  });

  it('the children of a finally block once the grace period is over', async () => {
    const { clock, log, tidy, submit } = harness({ graceMs: 10 });
    const handle = submit(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* all([tidy('child', 3)]);
      }
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(100);
    expect(log).toEqual(['14 ms: child cleaned up']);
    expect(handle.outcome).toMatchObject(CANCELLED);
    expect(clock.armed).toBe(0);
  });

  it('the children that a finally block starts after the grace period', async () => {
    const { clock, log, tidy, submit } = harness({ graceMs: 10 });
    const handle = submit(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        try {
          yield* sleep(1_000);
        } finally {
          yield* all([tidy('child', 3)]);
        }
      }
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(100);
    expect(log).toEqual([]);
    expect(handle.outcome).toMatchObject(CANCELLED);
  });

  it('nothing else when it is asked of a group that has ended', async () => {
    const { clock, log, submit } = harness();
    let ended: TaskGroup | undefined;
    const slow = task(function* () {
      yield* sleep(10);
      log.push('child');
    });
    const handle = submit(function* () {
      yield* group(function* (nursery) {
        ended = nursery;
      });
      yield* spawn(slow());
      yield* sleep(10);
      return 'undisturbed';
    });
    await clock.advance(1);
    ended?.cancel();
    await clock.advance(20);
    expect(handle.outcome).toEqual({ status: 'fulfilled', value: 'undisturbed' });
    expect(log).toEqual(['child']);
  });
});

describe('a promise of somebody else', () => {
  it('does not keep a race waiting that it has lost', async () => {
    const { clock, submit } = harness();
    const handle = submit(() => race({ never: new Promise(() => {}), time: sleep(5) }));
    await clock.advance(5);
    expect(handle.outcome).toEqual({ status: 'fulfilled', value: { key: 'time', value: undefined } });
    expect(clock.armed).toBe(0);
  });

  it('does not keep `all` waiting after another operand has failed', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      all([
        new Promise(() => {}),
        until(() => Promise.reject(new Error('failed'))),
        // oxlint-disable-next-line unicorn/no-thenable -- no promise, but it behaves like one
        { then: () => {} } as unknown as PromiseLike<never>,
      ]),
    );
    await settle();
    expect(handle.outcome).toMatchObject({ reason: { message: 'failed' } });
    expect(clock.armed).toBe(0);
  });
});

describe('a shield', () => {
  it('gives its value although the task was cancelled meanwhile', async () => {
    const { clock, log, note, tidy, submit } = harness();
    const commit = task(function* () {
      yield* spawn(tidy('child', 5, 5));
      yield* use({ [Symbol.asyncDispose]: () => Promise.resolve() });
      return 'committed';
    });
    const handle = submit(function* () {
      note(
        yield* shield(
          group(function* () {
            yield* use({ [Symbol.asyncDispose]: () => Promise.resolve() });
            return yield* commit();
          }),
        ),
      );
      yield* sleep(1_000);
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['10 ms: child cleaned up', '10 ms: committed']);
    expect(handle.outcome).toMatchObject(CANCELLED);
  });
});

describe('a resource that is being acquired when the task is cancelled', () => {
  it('is closed if a shield keeps the acquisition whole', async () => {
    const { clock, log, note, submit } = harness();
    const file = { [Symbol.dispose]: () => note('closed') };
    const open = (): Promise<typeof file> => new Promise((resolve) => clock.setTimer(() => resolve(file), 10));
    const handle = submit(function* () {
      yield* use(yield* shield(until(open)));
      note('open');
      yield* sleep(1_000);
    });
    await clock.advance(5);
    handle.cancel();
    await clock.advance(5);
    expect(log).toEqual(['10 ms: open', '10 ms: closed']);
    expect(handle.outcome).toMatchObject(CANCELLED);
  });
});

describe('a disposal that never ends', () => {
  const stuck = { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) };

  it('is let go after the grace period, and so is the next one', async () => {
    const { clock, note, log, submit } = harness({ graceMs: 10 });
    const handle = submit(function* () {
      yield* use({ [Symbol.dispose]: () => note('first closed') });
      yield* use(stuck);
      yield* use(stuck);
      yield* sleep(1_000);
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(20);
    expect(log).toEqual(['11 ms: first closed']);
    expect(handle.outcome).toMatchObject(CANCELLED);
    expect(clock.armed).toBe(0);
  });

  it('is let go at once after the grace period, and its failure is nobody’s', async () => {
    const { clock, submit } = harness({ graceMs: 10 });
    const handle = submit(function* () {
      yield* use({ [Symbol.asyncDispose]: () => Promise.reject(new Error('too late')) });
      yield* use(stuck);
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(1_000);
      }
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(20);
    expect(handle.outcome).toMatchObject(CANCELLED);
    await settle();
  });
});
