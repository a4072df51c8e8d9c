/** What is used wrongly fails at once, with an error that says what was expected; nothing else is harmed by it. */

import {
  allSettled,
  any,
  Barrier,
  Channel,
  Condition,
  deadline,
  each,
  Event,
  InlineExecutor,
  Latch,
  type LockGuard,
  Mutex,
  on,
  Once,
  race,
  RateLimiter,
  RwLock,
  Semaphore,
  shield,
  sleep,
  spawn,
  task,
  timeout,
  until,
  use,
  yieldNow,
  type Coroutine,
  type Operation,
  type TaskHandle,
} from '@heddle/core';
import { describe, expect, it } from 'vitest';

const executor = new InlineExecutor();
const child = task(function child() {
  return 'child';
});

/** Runs the body of a task, and tells its error's name and message. */
async function failureIn(body: () => Coroutine<unknown>): Promise<string> {
  const [outcome] = await Promise.allSettled([executor.run(task(body)())]);
  const error = outcome?.status === 'rejected' ? (outcome.reason as Error) : undefined;
  // Nobody else suffers.
  expect(await executor.run(child())).toBe('child');
  return `${error?.name}: ${error?.message}`;
}

describe('releasing what is not held', () => {
  const locks: [string, string, () => Operation<LockGuard>][] = [
    ['a mutex', 'mutex m', () => new Mutex({ name: 'm' }).lock()],
    ['a lock for reading', 'rw-lock l', () => new RwLock({ name: 'l' }).read()],
    ['a lock for writing', 'rw-lock l', () => new RwLock({ name: 'l' }).write()],
  ];

  it.each(locks)('is refused for %s that was released before', async (_what, label, acquire) => {
    const twice = function* twice(): Coroutine<void> {
      const guard = yield* acquire();
      guard.release();
      guard.release();
    };
    expect(await failureIn(twice)).toBe(`TypeError: Expected a guard that holds ${label}, got one that was released before`);
  });

  it.each(locks)('is refused for %s that another task holds', async (_what, label, acquire) => {
    const stealing = task(function* stealing(guard: LockGuard): Coroutine<void> {
      guard.release();
    });
    const holding = function* holding(): Coroutine<unknown> {
      using guard = yield* acquire();
      return yield* yield* spawn(stealing(guard));
    };
    expect(await failureIn(holding)).toBe(`TypeError: Expected ${label} to be released by task holding, which holds it, got a release by task stealing`);
  });

  it.each(locks)('is refused for %s by code outside of tasks', async (_what, label, acquire) => {
    const held: { guard?: LockGuard } = {};
    const release = new Event();
    const holding = task(function* holding() {
      using guard = yield* acquire();
      held.guard = guard;
      yield* release.wait();
    });
    const result = executor.run(holding());
    await executor.run(child());
    expect(() => held.guard?.release()).toThrow(new TypeError(`Expected ${label} to be released by task holding, which holds it, got a release by code outside of any task`));
    release.set();
    await result;
  });

  it('is refused for permits beyond those that are out', async () => {
    const semaphore = new Semaphore(3, { name: 's' });
    semaphore.tryAcquire();
    expect(() => semaphore.release(2)).toThrow(new TypeError('Expected release() of at most the 1 permits of semaphore s that are held, got 2'));
    semaphore.release();
    expect(() => semaphore.release()).toThrow('Expected release() of at most the 0 permits of semaphore s that are held, got 1');
    expect(semaphore.statistics()).toEqual({ permits: 3, held: 0, waiting: 0 });
  });

  it('is refused at a condition whose mutex the task does not hold', async () => {
    const mutex = new Mutex({ name: 'm' });
    const condition = new Condition(mutex, { name: 'c' });
    const waiting = function* waiting(): Coroutine<void> {
      yield* condition.wait();
    };
    expect(await failureIn(waiting)).toBe('TypeError: Expected wait() for condition c of mutex m by the task that holds the mutex, got one by task waiting, which does not');
  });

  it('is refused for a latch that counts further down than to 0', () => {
    const latch = new Latch(1, { name: 'l' });
    expect(() => latch.countDown(2)).toThrow(new TypeError('Expected countDown() of at most the 1 that remain of latch l, got 2'));
  });

  it('is no mistake at the end of a block that has released early', async () => {
    const mutex = new Mutex();
    const main = task(function* () {
      using guard = yield* mutex.lock();
      guard.release();
    });
    await executor.run(main());
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
  });
});

describe('asking for what the task has', () => {
  it.each([
    ['a mutex', 'mutex', () => (mutex = new Mutex()).lock(), () => mutex.lock(), 'lock()'],
    ['a lock that it reads', 'rw-lock', () => (lock = new RwLock()).read(), () => lock.write(), 'write()'],
  ])('is refused for %s, for which it would wait itself', async (_what, label, first, second, method) => {
    const greedy = function* greedy(): Coroutine<void> {
      using _guard = yield* first();
      yield* second();
    };
    expect(await failureIn(greedy)).toBe(`DeadlockError: Expected task greedy to release ${label} first, got ${method} by its holder: it would wait for itself`);
  });
  let mutex: Mutex;
  let lock: RwLock;
});

describe('outside of a task', () => {
  const resource = { [Symbol.dispose]: () => {} };
  const never = (): Promise<void> => new Promise(() => {});
  const operations: [string, () => Operation<unknown>, string][] = [
    ['allSettled', () => allSettled([child()]), 'allSettled()'],
    ['race', () => race([child()]), 'race()'],
    ['any', () => any([child()]), 'any()'],
    ['timeout', () => timeout(1, child()), 'timeout()'],
    ['deadline', () => deadline(1, child()), 'deadline()'],
    ['shield', () => shield(child()), 'shield()'],
    ['use', () => use(resource), 'use()'],
    ['on', () => on(executor, child()), 'task child on another executor'],
    ['each', () => each([1]), 'use()'],
    ['until', () => until(never), 'a promise'],
    ['a channel', () => new Channel().send(1), 'send() to channel'],
    ['a mutex', () => new Mutex().lock(), 'lock() of mutex'],
    ['a semaphore', () => new Semaphore(1).acquire(), 'acquire(1) of semaphore'],
    ['a lock', () => new RwLock().read(), 'read() of rw-lock'],
    ['an event', () => new Event().wait(), 'wait() for event'],
    ['a latch', () => new Latch(1).wait(), 'wait() for latch'],
    ['a barrier', () => new Barrier(2).wait(), 'wait() at barrier'],
    ['a condition', () => new Condition(new Mutex()).wait(), 'wait() for condition of mutex'],
    ['a rate limiter', () => new RateLimiter({ limit: 1, perMs: 1 }).acquire(), 'acquire(1) of rate limiter'],
    ['once', () => new Once(() => child()).get(), 'get() of once'],
  ];

  it.each(operations)('awaiting %s is refused', (_what, operation, named) => {
    expect(() => operation()[Symbol.iterator]().next()).toThrow(new TypeError(`Expected \`yield*\` of ${named} inside a task that an executor runs, got one outside of any task`));
  });
});

describe('a bare `yield`', () => {
  it.each([
    ['a handle', (handle: TaskHandle<unknown>): unknown => handle, 'the handle of task child'],
    ['an operation', (): unknown => sleep(1), 'an object'],
    ['nothing', (): unknown => undefined, 'undefined'],
  ])('of %s is told', async (_what, yielded, named) => {
    const bare = function* bare(): Coroutine<void> {
      const handle = yield* spawn(child());
      yield yielded(handle) as never;
    };
    expect(await failureIn(bare)).toBe(`TypeError: Expected task bare to await with \`yield*\` an operation, a call or a handle, got \`yield\` of ${named}`);
  });
});

describe('a handle of another executor', () => {
  it('can be awaited: each executor schedules its own tasks', async () => {
    const other = new InlineExecutor();
    const slow = task(function* slow() {
      yield* yieldNow();
      return yield* until(() => Promise.resolve('from elsewhere'));
    });
    const failing = task(function* failing() {
      yield* yieldNow();
      throw new Error('failed elsewhere');
    });
    const joining = task(function* joining(handle: TaskHandle<unknown>) {
      return yield* handle;
    });
    expect(await executor.run(joining(other.submit(slow())))).toBe('from elsewhere');
    await expect(executor.run(joining(other.submit(failing())))).rejects.toThrow('failed elsewhere');
    expect([executor.stats().awaiting, other.stats().awaiting]).toEqual([0, 0]);
  });

  it('does not take the task along when that is cancelled', async () => {
    const other = new InlineExecutor();
    const release = new Event();
    const slow = task(function* slow() {
      yield* release.wait();
      return 'ended';
    });
    const handle = other.submit(slow());
    const joining = task(function* joining() {
      yield* handle;
    });
    const joiner = executor.submit(joining());
    await executor.run(child());
    joiner.cancel();
    await expect(joiner.result).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' });
    release.set();
    expect(await handle.result).toBe('ended');
  });
});
