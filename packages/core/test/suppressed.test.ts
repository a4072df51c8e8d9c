/** Of several failures one is thrown; the others are kept with it. */

import { describe, expect, it } from 'vitest';
import { all, allSettled, any, group, InlineExecutor, race, sleep, spawn, task, timeout, use, type Operation, type TaskGroup, type TaskHandle } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';

function harness() {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock });
  const submit = <R>(operation: () => Operation<R>, options = {}): TaskHandle<R> => {
    const handle = executor.submit(
      task(function* () {
        return yield* operation();
      })(),
      options,
    );
    // Each test looks at the outcome.
    handle.result.catch(() => {});
    return handle;
  };
  return { clock, executor, submit };
}

/** How a task ended: the message of its error, and of those that are kept with it. */
function told(handle: TaskHandle<unknown> | undefined): unknown {
  const { outcome } = handle ?? {};
  if (outcome?.status !== 'rejected') return outcome;
  return messagesOf(outcome.reason);
}

function messagesOf(error: unknown): unknown {
  const { name, message, suppressed = [], errors } = error as { name: string; message: string; suppressed?: unknown[]; errors?: unknown[] };
  const text = name === 'Error' ? message : name;
  return { error: errors === undefined ? text : errors.map(messagesOf), suppressed: suppressed.map((each) => (messagesOf(each) as { error: unknown }).error) };
}

/** Fails after a while. */
const failing = task(function* (name: string, ms: number) {
  yield* sleep(ms);
  throw new Error(name);
});

/** Fails while it cleans up. */
const untidy = task(function* (name: string, cleanUpMs = 0) {
  try {
    yield* sleep(1_000_000);
  } catch {
    if (cleanUpMs > 0) yield* sleep(cleanUpMs);
    throw new Error(`${name} failed to clean up`);
  }
});

const unclosable = (name: string): AsyncDisposable => ({ [Symbol.asyncDispose]: () => Promise.reject(new Error(`${name} will not close`)) });

describe('a task that ran into its timeout', () => {
  it('keeps what has failed on the way', async () => {
    const { clock, submit } = harness();
    const handle = submit(
      function* () {
        yield* use(unclosable('file'));
        yield* spawn(untidy('child'));
        yield* sleep(1_000);
      },
      { timeoutMs: 5 },
    );
    await clock.advance(10);
    expect(told(handle)).toEqual({ error: 'TaskTimeoutError', suppressed: ['child failed to clean up', 'file will not close'] });
  });

  it('does so where the timeout is an operation', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      timeout(
        5,
        group(function* (nursery) {
          yield* use(unclosable('file'));
          nursery.spawn(untidy('child'));
          yield* sleep(1_000);
        }),
      ),
    );
    await clock.advance(10);
    expect(told(handle)).toEqual({ error: 'TaskTimeoutError', suppressed: ['child failed to clean up', 'file will not close'] });
  });
});

describe('a task that is cancelled', () => {
  const body = function* (nursery: TaskGroup) {
    nursery.spawn(untidy('one'));
    nursery.spawn(untidy('other', 5));
    yield* sleep(1_000);
  };
  const operations: [string, () => Operation<unknown>][] = [
    ['a group', () => group(body)],
    ['a group that collects', () => group(body, { onError: 'collect' })],
    ['all', () => all([untidy('one'), untidy('other', 5)])],
    ['allSettled', () => allSettled([untidy('one'), untidy('other', 5)])],
    ['race', () => race([untidy('one'), untidy('other', 5)])],
    ['any', () => any([untidy('one'), untidy('other', 5)])],
  ];

  it.each(operations)('ends as cancelled, and keeps what failed to clean up in %s', async (_what, operation) => {
    const { clock, executor, submit } = harness();
    const handle = submit(operation);
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(10);
    expect(told(handle)).toEqual({ error: 'AbortError', suppressed: ['one failed to clean up', 'other failed to clean up'] });
    expect(executor.stats()).toMatchObject({ cancelled: 1, failed: 2 });
  });

  it('does so while the group only waits for its children', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      group(function* (nursery) {
        nursery.spawn(untidy('child'));
      }),
    );
    await clock.advance(1);
    handle.cancel();
    await clock.advance(10);
    expect(told(handle)).toEqual({ error: 'AbortError', suppressed: ['child failed to clean up'] });
  });

  it('keeps the failure of a child that it was awaiting', async () => {
    const { clock, submit } = harness();
    const handle = submit(function* () {
      const child = yield* spawn(untidy('child'));
      yield* child;
    });
    await clock.advance(1);
    handle.cancel();
    await clock.advance(10);
    expect(told(handle)).toEqual({ error: 'AbortError', suppressed: ['child failed to clean up'] });
  });
});

describe('a child that nobody awaits any more', () => {
  it('fails its parent, like one that nobody ever has', async () => {
    const { clock, submit } = harness();
    const handle = submit(function* () {
      const child = yield* spawn(failing('child', 10));
      yield* race({ child, time: sleep(5) });
      return 'not returned';
    });
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: 'child', suppressed: [] });
  });

  it('does not if its outcome was asked for elsewhere', async () => {
    const { clock, submit } = harness();
    const handle = submit(function* () {
      const child = yield* spawn(failing('child', 10));
      child.result.catch(() => {});
      yield* race({ child, time: sleep(5) });
      return 'returned';
    });
    await clock.advance(20);
    expect(told(handle)).toEqual({ status: 'fulfilled', value: 'returned' });
  });
});

describe('a group', () => {
  it('throws the first failure raw, and keeps the failing clean-up of its own body', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      group(function* (nursery) {
        nursery.spawn(failing('first', 5));
        yield* untidy('body', 5);
      }),
    );
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: 'first', suppressed: ['body failed to clean up'] });
  });

  it('throws what the clean-up has thrown after `cancel`', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      group(function* (nursery) {
        nursery.spawn(untidy('child'));
        yield* sleep(1);
        nursery.cancel();
        yield* sleep(1_000);
      }),
    );
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: 'child failed to clean up', suppressed: [] });
  });

  it('keeps the failure of a child that a disposer has spawned', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      group(function* (nursery) {
        yield* use({
          [Symbol.asyncDispose]: () => {
            nursery.spawn(failing('late', 1));
            return Promise.resolve();
          },
        });
        throw new Error('first');
      }),
    );
    await clock.advance(20);
    // The group was cancelled when its body failed, so the child never starts.
    expect(told(handle)).toEqual({ error: 'first', suppressed: [] });
    const other = submit(() =>
      group(function* (nursery) {
        yield* use({
          [Symbol.asyncDispose]: () => {
            nursery.spawn(failing('late', 1));
            return Promise.resolve();
          },
        });
      }),
    );
    await clock.advance(20);
    expect(told(other)).toEqual({ error: 'late', suppressed: [] });
  });

  it('that collects tells each failure once', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      group(
        function* (nursery) {
          nursery.spawn(failing('one', 5));
          yield* nursery.spawn(failing('awaited', 10));
        },
        { onError: 'collect' },
      ),
    );
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: [{ error: 'awaited', suppressed: [] }, { error: 'one', suppressed: [] }], suppressed: [] });
    expect((handle.outcome as { reason?: Error }).reason?.message).toBe('Expected all of a group to succeed, got 2 failures');
  });

  it('that collects does not count being told to stop', async () => {
    const { clock, submit } = harness();
    const handle = submit(() =>
      group(
        function* (nursery) {
          nursery.spawn(failing('one', 5));
          yield* sleep(10);
          nursery.cancel();
          yield* sleep(10);
        },
        { onError: 'collect' },
      ),
    );
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: [{ error: 'one', suppressed: [] }], suppressed: [] });
  });
});

describe('the losers of a race', () => {
  it('take its value away when they fail to clean up', async () => {
    const { clock, submit } = harness();
    const handle = submit(() => race([sleep(5), untidy('one'), untidy('other', 5)]));
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: 'one failed to clean up', suppressed: ['other failed to clean up'] });
  });

  it('go along with the failure of the winner', async () => {
    const { clock, submit } = harness();
    const handle = submit(() => race([failing('winner', 5), untidy('loser')]));
    await clock.advance(20);
    expect(told(handle)).toEqual({ error: 'winner', suppressed: ['loser failed to clean up'] });
  });

  it('are forgotten when they fail by themselves, only a moment too late', async () => {
    const { clock, submit } = harness();
    const handle = submit(() => race([sleep(5), failing('loser', 5)]));
    await clock.advance(20);
    expect(told(handle)).toEqual({ status: 'fulfilled', value: { key: 0, value: undefined } });
  });

  it('are forgotten by any() if they had failed before', async () => {
    const { clock, submit } = harness();
    const handle = submit(() => any([failing('early', 1), sleep(5), failing('late', 5)]));
    await clock.advance(20);
    expect(told(handle)).toEqual({ status: 'fulfilled', value: { key: 1, value: undefined } });
  });
});
