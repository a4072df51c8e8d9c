/** A false alarm is worse than none: where a program has provided for the end of a circle, nothing is refused. */

import { group, InlineExecutor, Mutex, race, RwLock, sleep, spawn, task, timeout, yieldNow, type TaskHandle } from '@heddle/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, settle } from '../fake-clock.ts';

let clock: FakeClock;
let executor: InlineExecutor;
let mutex: Mutex;

beforeEach(() => {
  clock = new FakeClock();
  executor = new InlineExecutor({ clock });
  mutex = new Mutex();
});

/** Holds the mutex, and waits for a task that asks for it. */
const holdAndJoin = task(function* holder(handles: TaskHandle<unknown>[]) {
  using _guard = yield* mutex.lock();
  yield* yieldNow();
  yield* yieldNow();
  const [other] = handles;
  return ['joined', yield* other as TaskHandle<unknown>];
});

const locking = task(function* locking() {
  using _guard = yield* mutex.lock();
});

function codeOf(outcome: PromiseSettledResult<unknown> | undefined): unknown {
  return outcome?.status === 'rejected' ? (outcome.reason as { code?: unknown }).code : 'fulfilled';
}

describe('a circle dissolves by itself, and is not refused,', () => {
  it('where a task gives up its wait for a lock after a time', async () => {
    const asking = task(function* asking() {
      try {
        return yield* timeout(100, locking());
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    const handles: TaskHandle<unknown>[] = [];
    const result = executor.run(holdAndJoin(handles));
    handles.push(executor.submit(asking()));
    await clock.advance(100);
    expect(await result).toEqual(['joined', 'ERR_HEDDLE_TIMEOUT']);
  });

  it('where a lock races against something else', async () => {
    const asking = task(function* asking() {
      return (yield* race({ lock: locking(), gaveUp: sleep(100) })).key;
    });
    const handles: TaskHandle<unknown>[] = [];
    const result = executor.run(holdAndJoin(handles));
    handles.push(executor.submit(asking()));
    await clock.advance(100);
    expect(await result).toEqual(['joined', 'gaveUp']);
  });

  it('where the holder itself races for its own lock in a child', async () => {
    const holding = task(function* holding() {
      using _guard = yield* mutex.lock();
      return (yield* race({ lock: locking(), gaveUp: sleep(100) })).key;
    });
    const result = executor.run(holding());
    await clock.advance(100);
    expect(await result).toBe('gaveUp');
  });

  it.each([
    ['its own time limit', { timeoutMs: 100 }],
    ['its deadline', { deadline: 100 }],
  ])('where one of its tasks runs into %s', async (_what, options) => {
    const handles: TaskHandle<unknown>[] = [];
    const holder = executor.submit(holdAndJoin(handles));
    handles.push(executor.submit(locking(), options));
    const outcomes = Promise.allSettled([holder.result, ...handles.map(({ result }) => result)]);
    await clock.advance(100);
    expect((await outcomes).map(codeOf)).toEqual(['ERR_HEDDLE_TIMEOUT', 'ERR_HEDDLE_TIMEOUT']);
  });

  it('where one of its tasks has a signal', async () => {
    const controller = new AbortController();
    const handles: TaskHandle<unknown>[] = [];
    const holder = executor.submit(holdAndJoin(handles));
    handles.push(executor.submit(locking(), { signal: controller.signal }));
    const outcomes = Promise.allSettled([holder.result, ...handles.map(({ result }) => result)]);
    await settle();
    controller.abort();
    expect((await outcomes).map(codeOf)).toEqual(['ERR_HEDDLE_CANCELLED', 'ERR_HEDDLE_CANCELLED']);
  });

  it('where a group around one of its tasks has a signal', async () => {
    const controller = new AbortController();
    const asking = task(function* asking() {
      yield* group(
        function* (g) {
          g.spawn(locking());
        },
        { signal: controller.signal },
      );
    });
    const handles: TaskHandle<unknown>[] = [];
    const holder = executor.submit(holdAndJoin(handles));
    handles.push(executor.submit(asking()));
    const outcomes = Promise.allSettled([holder.result, ...handles.map(({ result }) => result)]);
    await settle();
    controller.abort();
    expect((await outcomes).map(codeOf)).not.toContain('ERR_HEDDLE_DEADLOCK');
  });

  it('where one of its tasks is in the grace of a cancellation', async () => {
    const stubborn = task(function* stubborn() {
      try {
        yield* sleep(1_000_000);
      } finally {
        yield* locking();
      }
    });
    const handles: TaskHandle<unknown>[] = [];
    handles.push(executor.submit(stubborn()));
    handles[0]?.result.catch(() => {});
    const outcomes = Promise.allSettled([executor.run(holdAndJoin(handles))]);
    await Promise.resolve();
    handles[0]?.cancel();
    await clock.advance(executor.graceMs);
    expect((await outcomes).map(codeOf)).toEqual(['ERR_HEDDLE_CANCELLED']);
  });

  it('where a writer that keeps a reader out gives up after a time', async () => {
    const lock = new RwLock();
    const handles: TaskHandle<unknown>[] = [];
    const first = task(function* first() {
      using _read = yield* lock.read();
      yield* sleep(1);
      return yield* handles[0] as TaskHandle<unknown>;
    });
    const writer = task(function* writer() {
      yield* timeout(100, lock.write());
    });
    const second = task(function* second() {
      using _read = yield* lock.read();
      return 'read';
    });
    const result = executor.run(first());
    const failed = Promise.allSettled([executor.run(writer())]);
    handles.push(executor.submit(second()));
    await clock.advance(100);
    expect(await result).toBe('read');
    expect((await failed).map(codeOf)).toEqual(['ERR_HEDDLE_TIMEOUT']);
  });
});

describe('a circle is refused all the same', () => {
  it('where a time limit would only end all of its tasks together', async () => {
    const main = task(function* main() {
      using _guard = yield* mutex.lock();
      const child = yield* spawn(locking());
      yield* yieldNow();
      yield* child;
    });
    const [outcome] = await Promise.allSettled([executor.run(main(), { timeoutMs: 100 })]);
    expect(codeOf(outcome)).toBe('ERR_HEDDLE_DEADLOCK');
    expect(clock.armed).toBe(0);
  });

  it('where a limit was around a wait that is over', async () => {
    const main = task(function* main() {
      using _guard = yield* mutex.lock();
      yield* timeout(100, yieldNow());
      yield* race([yieldNow(), yieldNow()]);
      yield* yield* spawn(locking());
    });
    const [outcome] = await Promise.allSettled([executor.run(main())]);
    expect(codeOf(outcome)).toBe('ERR_HEDDLE_DEADLOCK');
  });
});
