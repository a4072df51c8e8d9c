import { task, type Call } from '@heddle/core';
import { ThreadPool, type ThreadPoolOptions } from '@heddle/threadpool';
import { afterAll, describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add } from './fixtures/basics.js';
import { always, mainOnly } from './fixtures/defines-less.js';
import { lonely } from './fixtures/defines-nothing.js';
import { doomed } from './fixtures/exits-while-loading.js';
import { innocent } from './fixtures/makes-a-pool.js';
import { hurryUp } from './fixtures/hurries.js';
import { tardy } from './fixtures/loads-late.js';
import { stalled } from './fixtures/never-loads.js';
import { early, late } from './fixtures/throws-while-loading.js';

/** Longer than any module here takes to load on a busy machine, but for those that wait. */
const LOAD_TIMEOUT_MS = 2_000;

const pool = new ThreadPool({ threads: 2 });
afterAll(() => pool.close());

/** Gives a value a type that it does not have, as JavaScript callers can. */
const untyped = <T>(value: unknown): T => value as T;

describe('what is no call of a portable task', () => {
  const local = task(function double(n: number) {
    return n * 2;
  });
  const plain = (): number => 1;
  test.each([
    ['a call of a local task', local(1), 'the local task double'],
    ['a task instead of a call', add, 'the function add'],
    ['a closure', plain, 'the function plain'],
    ['a promise', Promise.resolve(1), 'a Promise'],
    ['undefined', undefined, 'undefined'],
    ['an object that looks like a call', { task: add, args: [1, 2] }, 'an object'],
    ['a class', Map, 'the function Map'],
  ])('%s is refused at once', async (_, value, got) => {
    const call = untyped<Call<unknown, true>>(value);
    expect(() => pool.submit(call)).toThrow(expect.objectContaining({ name: 'NotPortableError', code: 'ERR_HEDDLE_NOT_PORTABLE', message: expect.stringContaining(got) }) as Error);
    expect(await failureOf(pool.run(call))).toMatchObject({ code: 'ERR_HEDDLE_NOT_PORTABLE', message: expect.stringMatching(/^Expected a (call of a )?portable task/) });
  });
});

describe('options of a call', () => {
  test.each([
    [{ timeoutMs: 0 }, RangeError, 'Expected `timeoutMs` to be a number above 0, got 0'],
    [{ queueTimeoutMs: -1 }, RangeError, '`queueTimeoutMs`'],
    [{ timeoutMs: '5' }, TypeError, "got the string '5'"],
    [{ deadline: Infinity }, RangeError, '`deadline`'],
    [{ priority: NaN }, TypeError, '`priority`'],
    [{ signal: {} }, TypeError, 'Expected `signal` to be an AbortSignal, got an object'],
    [{ transfer: 5 }, TypeError, 'Expected `transfer` to be an array of objects to move, got the number 5'],
    [5, TypeError, 'Expected call options to be an object, got the number 5'],
  ])('%o is refused with what was expected and what was got', async (options, type, message) => {
    const error = await failureOf(pool.run(add(1, 2), untyped(options)));
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toContain(message);
  });

  test('a transfer list with what cannot be moved fails the call and says so', async () => {
    expect(await failureOf(pool.run(add(1, 2), { transfer: [{}] }))).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION', message: expect.stringMatching(/transferList/i) });
  });
});

describe('options of a pool', () => {
  test.each([
    [{ threads: 0 }, RangeError, 'Expected `threads` to be an integer of at least 1 and at most 512, got 0'],
    [{ threads: 1.5 }, RangeError, '`threads`'],
    [{ threads: 'all' }, TypeError, "Expected `threads` to be a number or a range such as { min: 1, max: 4 }, got the string 'all'"],
    [{ threads: { min: 3, max: 2 } }, RangeError, 'Expected `threads.min` to be an integer of at least 0 and at most 2, got 3'],
    [{ threads: { max: 0 } }, RangeError, '`threads.max`'],
    [{ threads: { idleTimeoutMs: 0 } }, RangeError, 'Expected `threads.idleTimeoutMs` to be a number above 0 (or Infinity), got 0'],
    [{ spare: -1 }, RangeError, '`spare`'],
    [{ recycle: { tasks: 0 } }, RangeError, '`recycle.tasks`'],
    [{ recycle: { heapMb: '1' } }, TypeError, '`recycle.heapMb`'],
    [{ recycle: 5 }, TypeError, 'Expected `recycle` to be an object such as { tasks: 1000 }, got the number 5'],
    [{ budget: 4 }, TypeError, 'Expected `budget` to be a ThreadBudget, got the number 4'],
    [{ onOutput: {} }, TypeError, 'Expected `onOutput` to be a function, got an object'],
    [{ graceMs: -1 }, RangeError, '`graceMs`'],
    [{ policy: 'fifo' }, TypeError, "Expected `policy` to be a policy factory, such as fifo(), got the string 'fifo'"],
    [{ trace: {} }, TypeError, 'Expected `trace` to be a sink with a function `event`, got an object'],
    [{ trace: null }, TypeError, 'got null'],
    [{ env: 'A=1' }, TypeError, 'Expected `env` to be an object'],
    [{ execArgv: '--import x' }, TypeError, 'Expected `execArgv` to be an array of strings'],
    [{ resourceLimits: 5 }, TypeError, 'Expected `resourceLimits` to be an object'],
    [4, TypeError, 'Expected the options of a ThreadPool to be an object such as { threads: 4 }, got the number 4'],
    [null, TypeError, 'got null'],
  ])('%o is refused with what was expected and what was got', (options, type, message) => {
    const make = (): ThreadPool => new ThreadPool(untyped<ThreadPoolOptions>(options));
    expect(make).toThrow(type);
    expect(make).toThrow(message);
  });

  test('a flag that Node does not know is refused', () => {
    expect(() => new ThreadPool({ threads: 1, execArgv: ['--no-such-flag'] })).toThrow('--no-such-flag');
  });
});

describe('a task that a thread cannot find', () => {
  const portable = (defined: unknown): (() => Call<unknown, true>) => untyped(defined);

  test('because its module throws while it loads: names module and reason, each time, for each of its tasks', async () => {
    const one = new ThreadPool({ threads: 1 });
    for (const defined of [early, late, early]) {
      const error = await failureOf(one.run(defined()));
      expect(error).toMatchObject({ name: 'TaskNotFoundError', code: 'ERR_HEDDLE_TASK_NOT_FOUND' });
      expect((error as Error).message).toMatch(/throws-while-loading\.js failed to load \(RangeError: no warp in this module\)/);
      expect((error as Error).cause).toMatchObject({ name: 'RangeError', message: 'no warp in this module' });
    }
    await one.close();
  });

  test('because its module does not define it there: says what the module does define', async () => {
    expect(await failureOf(pool.run(portable(mainOnly)()))).toMatchObject({
      code: 'ERR_HEDDLE_TASK_NOT_FOUND',
      message: expect.stringMatching(/defines-less\.js to define task 'mainOnly', got only 'always'/),
    });
    expect(await pool.run(always())).toBe('here');
  });

  test('because its module defines no task at all', async () => {
    expect(await failureOf(pool.run(portable(lonely)()))).toMatchObject({ message: expect.stringContaining('got no tasks at all') });
  });

  test('because there is no such module', async () => {
    const missing = task({ url: new URL('./fixtures/no-such-module.js', import.meta.url).href } as ImportMeta, 'missing', () => 1);
    expect(await failureOf(pool.run(missing()))).toMatchObject({ code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: expect.stringContaining('no-such-module.js') });
  });

  test('because its module makes a pool', async () => {
    expect(await failureOf(pool.run(innocent()))).toMatchObject({
      code: 'ERR_HEDDLE_TASK_NOT_FOUND',
      cause: { name: 'TypeError', message: expect.stringMatching(/makes-a-pool\.js to define tasks only, got a ThreadPool/) },
    });
  });

  test('because its module ends the thread: fails after some threads, and harms nobody else', async () => {
    const one = new ThreadPool({ threads: 1 });
    const calls = [one.run(add(1, 2)), one.run(doomed()), one.run(add(3, 4))];
    const [first, second, third] = await Promise.allSettled(calls);
    expect(first).toEqual({ status: 'fulfilled', value: 3 });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('code 6') } });
    expect(third).toEqual({ status: 'fulfilled', value: 7 });
    await one.close();
  });

  test('because its module never comes to its end: can be cancelled and timed out', async () => {
    const one = new ThreadPool({ threads: 1 });
    expect(await failureOf(one.run(stalled(), { queueTimeoutMs: 50 }))).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT', phase: 'queue' });
    const controller = new AbortController();
    const stuck = failureOf(one.run(stalled(), { signal: controller.signal }));
    const behind = one.run(add(1, 2));
    controller.abort();
    expect(await stuck).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' });
    expect(await behind).toBe(3);
    await one.close();
  });

  test('because its module never comes to its end: fails when it has loaded for long enough, and holds up nothing any more', async () => {
    const one = new ThreadPool({ threads: 1, loadTimeoutMs: LOAD_TIMEOUT_MS });
    const [stuck, behind] = [failureOf(one.run(stalled())), one.run(add(1, 2))];
    const overdue = { code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: expect.stringMatching(/Expected the module .*never-loads\.js to load within 2000 ms \(`loadTimeoutMs`\), got neither its tasks nor an error/) };
    expect(await stuck).toMatchObject(overdue);
    expect(await behind).toBe(3);
    expect(await failureOf(one.run(stalled()))).toMatchObject(overdue);
    await one.close();
  });

  test('because its module is late: runs when it is asked for again after that', async () => {
    const one = new ThreadPool({ threads: 1, loadTimeoutMs: LOAD_TIMEOUT_MS });
    // The module waits for what another call of the same thread tells it.
    expect(await failureOf(one.run(tardy()))).toMatchObject({ code: 'ERR_HEDDLE_TASK_NOT_FOUND' });
    await one.run(hurryUp());
    expect(await one.run(tardy())).toBe('here');
    await one.close();
  });
});

describe('threads that cannot start', () => {
  test.each([
    ['a loader that does not exist', ['--import', 'file:///no-such-loader.mjs'], 'no-such-loader'],
    ['a loader that throws', ['--import', 'data:text/javascript,throw new RangeError("loader failed")'], 'loader failed'],
    ['a loader that exits', ['--import', 'data:text/javascript,process.exit(7)'], 'WorkerLostError'],
    ['a loader that throws null', ['--import', 'data:text/javascript,throw null'], 'WorkerLostError'],
  ])('because of %s: every call is rejected, now and later, and nothing hangs', async (_, execArgv, reason) => {
    const broken = new ThreadPool({ threads: 2, execArgv });
    const errors = await Promise.all(Array.from({ length: 8 }, (__, i) => failureOf(broken.run(add(i, 1)))));
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
      expect(String(error)).toContain(reason);
    }
    expect(await failureOf(broken.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('cannot start one') });
    await broken.close();
    expect(broken.stats()).toMatchObject({ failed: 9, queued: 0 });
  });

  // Node 22 and newer end the whole process, with V8's own out-of-memory report, when a limit is too small for a thread's first heap.
  test.skipIf(Number.parseInt(process.versions.node, 10) >= 22)('because of their memory limit', async () => {
    const broken = new ThreadPool({ threads: 1, resourceLimits: { maxOldGenerationSizeMb: 1, maxYoungGenerationSizeMb: 1 } });
    expect(await failureOf(broken.run(add(1, 2)))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    await broken.close();
  });
});
