import { ExecutorClosedError, isCancelled, QueueFullError, SerializationError, type TaskHandle } from '@heddle/core';
import { priority } from '@heddle/multiplexer';
import { ThreadPool, type ThreadPoolOptions } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add, noteStart, report, whereAmI } from './fixtures/basics.js';
import { finishes, occupy, parked, raiseFlag } from './fixtures/cancelling.js';
import { crash } from './fixtures/crashing.js';
import { append, giveFunction, readByte } from './fixtures/dispatching.js';
import { throwFromChild } from './fixtures/failing.js';
import { fib } from './fixtures/nested.js';
import { again } from './fixtures/retrying.js';
import { Flag } from './flag.ts';
import { sendBehind } from './send-behind.ts';

const CELL = Int32Array.BYTES_PER_ELEMENT;
/** `threadId` of the main thread, and of the threads of test runners of threads: where this test runs. */
const { threadId: HERE } = await import('node:worker_threads');

function startsIn(list: SharedArrayBuffer): number[] {
  const cells = new Int32Array(list);
  return [...cells.subarray(1, 1 + (cells[0] ?? 0))];
}

/** A pool of one thread, which runs a call until `go` is raised. */
async function busyPool(options: ThreadPoolOptions): Promise<{ pool: ThreadPool; go: Flag; running: Promise<unknown> }> {
  const pool = new ThreadPool({ threads: 1, ...options });
  const [started, go] = [new Flag(), new Flag()];
  const running = pool.run(occupy(started.memory, go.memory));
  await started.raised();
  return { pool, go, running };
}

describe('maxQueue', () => {
  test('counts what waits, not what runs, and rejects what is more', async () => {
    const { pool, go, running } = await busyPool({ maxQueue: 2 });
    const accepted = [pool.run(add(1, 2)), pool.run(add(3, 4))];
    expect(pool.stats()).toMatchObject({ queued: 2, running: 1 });
    const error = await failureOf(pool.run(add(5, 6)));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_QUEUE_FULL', message: 'Expected room in the queue for task add, got 2 calls that wait already, which is `maxQueue`' });
    expect(() => pool.submit(add(5, 6))).toThrow(QueueFullError);
    go.raise();
    await running;
    expect(await Promise.all(accepted)).toEqual([3, 7]);
    expect(await pool.run(add(5, 6))).toBe(11);
    await pool.close();
    expect(pool.stats()).toMatchObject({ queued: 0, completed: 4, failed: 0 });
  });

  test('counts calls that were sent to a thread and have not begun there', async () => {
    const pool = new ThreadPool({ threads: 1, maxQueue: 2 });
    const { ahead, behind, go } = await sendBehind(pool, () => pool.submit(raiseFlag(new Flag().memory)));
    expect(behind.state).toBe('running');
    expect(pool.stats()).toMatchObject({ queued: 1 });
    const second = pool.submit(add(1, 2));
    expect(() => pool.submit(add(1, 2))).toThrow(QueueFullError);
    behind.cancel();
    expect(pool.stats()).toMatchObject({ queued: 1 });
    const third = pool.submit(add(3, 4));
    expect(() => pool.submit(add(1, 2))).toThrow(QueueFullError);
    go.raise();
    await ahead.result;
    expect(await Promise.all([second.result, third.result])).toEqual([3, 7]);
    await pool.close();
  });

  test('refuses nothing that was accepted: calls that a lost thread had begun wait again beyond it, and new ones find no room', async () => {
    const pool = new ThreadPool({ threads: 1, maxQueue: 1 });
    const begunTwice: Promise<unknown>[] = [];
    for (let i = 0; i < 2; i++) {
      const [runs, begun] = [new Flag(), new Flag()];
      begunTwice.push(pool.run(again(runs.memory, begun.memory)));
      // oxlint-disable-next-line no-await-in-loop -- one after the other: there is room for one
      await begun.raised();
    }
    expect(pool.stats()).toMatchObject({ queued: 0 });
    expect(await failureOf(pool.run(crash('process.exit')))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    // The thread that takes its place is not up within the turn.
    expect(pool.stats()).toMatchObject({ queued: 2 });
    expect(() => pool.submit(add(1, 2))).toThrow(QueueFullError);
    expect(await Promise.all(begunTwice)).toEqual(['ran again', 'ran again']);
    expect(await pool.run(add(1, 2))).toBe(3);
    await pool.close();
  });

  test('has room again when a queued call is cancelled', async () => {
    const { pool, go } = await busyPool({ maxQueue: 1 });
    const first = pool.submit(add(1, 2));
    first.cancel();
    const second = pool.run(add(3, 4));
    expect(await failureOf(pool.run(add(5, 6)))).toBeInstanceOf(QueueFullError);
    go.raise();
    expect(await second).toBe(7);
    await pool.close();
  });

  test.each([
    [{ maxQueue: 0 }, 'Expected `maxQueue` to be an integer of at least 1 (or Infinity), got 0'],
    [{ maxQueue: '9' }, "Expected `maxQueue` to be an integer of at least 1 (or Infinity), got the string '9'"],
    [{ whenFull: 'drop' }, "Expected `whenFull` to be 'reject', 'wait' or 'run-in-caller', got the string 'drop'"],
  ])('refuses %o', (options, message) => {
    expect(() => new ThreadPool(options as ThreadPoolOptions)).toThrow(message);
  });
});

describe("whenFull: 'wait'", () => {
  test('accepts calls beyond the limit, and lets them in in order', async () => {
    const { pool, go } = await busyPool({ maxQueue: 3, whenFull: 'wait' });
    const list = new SharedArrayBuffer(CELL * 201);
    const calls = Array.from({ length: 200 }, (_, i) => pool.run(noteStart(list, i)));
    expect(pool.stats()).toMatchObject({ queued: 200 });
    go.raise();
    await Promise.all(calls);
    expect(startsIn(list)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    await pool.close();
  });

  test('leaves to the policy what has entered the queue', async () => {
    const { pool, go } = await busyPool({ maxQueue: 2, whenFull: 'wait', policy: priority() });
    const list = new SharedArrayBuffer(CELL * 4);
    const calls = [0, 1, 9].map((level, i) => pool.run(noteStart(list, i), { priority: level }));
    go.raise();
    await Promise.all(calls);
    expect(startsIn(list)[0]).toBe(1);
    await pool.close();
  });

  test('a waiting call can be cancelled, and its queue time counts', async () => {
    const { pool, go, running } = await busyPool({ maxQueue: 1, whenFull: 'wait' });
    const touched = new Flag();
    const controller = new AbortController();
    const queued = pool.run(add(1, 2));
    const aborted = failureOf(pool.run(raiseFlag(touched.memory), { signal: controller.signal }));
    const late = failureOf(pool.run(raiseFlag(touched.memory), { queueTimeoutMs: 1 }));
    controller.abort();
    expect(isCancelled(await aborted)).toBe(true);
    expect(await late).toMatchObject({ phase: 'queue', limitMs: 1 });
    expect(pool.stats()).toMatchObject({ queued: 1, cancelled: 2 });
    go.raise();
    await running;
    expect(await queued).toBe(3);
    await pool.close();
    expect(touched.isRaised).toBe(false);
  });

  test('close() finishes what waits', async () => {
    const { pool, go } = await busyPool({ maxQueue: 1, whenFull: 'wait' });
    const calls = Array.from({ length: 5 }, (_, i) => pool.run(add(i, i)));
    const closed = pool.close();
    go.raise();
    expect(await Promise.all(calls)).toEqual([0, 2, 4, 6, 8]);
    await closed;
  });

  test('close() with a deadline cancels what waits', async () => {
    const { pool, go } = await busyPool({ maxQueue: 1, whenFull: 'wait' });
    const calls = Array.from({ length: 3 }, () => failureOf(pool.run(add(1, 1))));
    const closed = pool.close({ deadlineMs: 1 });
    for (const error of await Promise.all(calls)) expect((error as Error).cause).toBeInstanceOf(ExecutorClosedError);
    go.raise();
    await closed;
  });
});

describe("whenFull: 'run-in-caller'", () => {
  /** A pool that runs everything here from now on. */
  async function fullPool(): Promise<{ pool: ThreadPool; end: () => Promise<void> }> {
    const { pool, go, running } = await busyPool({ maxQueue: 1, whenFull: 'run-in-caller', graceMs: 1_000 });
    const queued = pool.run(add(1, 2));
    const end = async (): Promise<void> => {
      go.raise();
      expect(await queued).toBe(3);
      await running;
      await pool.close();
    };
    return { pool, end };
  }

  test('runs a call on the thread that submits it, after submit() has returned', async () => {
    const { pool, end } = await fullPool();
    const started = new SharedArrayBuffer(CELL * 2);
    const handle = pool.submit(noteStart(started, 7));
    expect(startsIn(started)).toEqual([]);
    await handle.result;
    expect(startsIn(started)).toEqual([7]);
    expect(await pool.run(whereAmI())).toBe(HERE);
    expect(pool.stats()).toMatchObject({ queued: 1, completed: 2 });
    await end();
    expect(await failureOf(pool.run(whereAmI()))).toBeInstanceOf(ExecutorClosedError);
  });

  test('nested spawns work, and fail as they do on a thread', async () => {
    const { pool, end } = await fullPool();
    expect(await pool.run(fib(12))).toBe(144);
    const here = await failureOf(pool.run(throwFromChild('its own class')));
    await end();
    await using other = new ThreadPool({ threads: 1 });
    const there = await failureOf(other.run(throwFromChild('its own class')));
    expect({ ...(here as object) }).toEqual({ ...(there as object) });
    expect((here as Error).name).toBe((there as Error).name);
    expect((here as Error).message).toBe((there as Error).message);
  });

  test('copies arguments and results, and moves what is to be moved', async () => {
    const { pool, end } = await fullPool();
    const list = [1];
    const result = await pool.run(append(list));
    expect(list).toEqual([1]);
    expect(result).toEqual([1, HERE]);
    const buffer = new Uint8Array([42]).buffer;
    expect(await pool.run(readByte(buffer), { transfer: [buffer] })).toBe(42);
    expect(buffer.byteLength).toBe(0);
    await end();
  });

  test('what cannot be copied fails as it does on a thread', async () => {
    const { pool, end } = await fullPool();
    const args = await failureOf(pool.run(append([(() => 1) as never])));
    expect(args).toBeInstanceOf(SerializationError);
    expect(args).toMatchObject({ path: 'args[0][0]' });
    expect(await failureOf(pool.run(giveFunction()))).toMatchObject({ name: 'SerializationError', path: 'result' });
    await end();
  });

  test('a running call is cancelled after its `finally`, with the reason given; times out; or ends with a value', async () => {
    const { pool, end } = await fullPool();
    const [started, ended] = [new Flag(), new Flag()];
    const reason = { not: 'an error' };
    const handle = pool.submit(parked(started.memory, ended.memory));
    const failure = failureOf(handle.result);
    await started.raised();
    handle.cancel(reason);
    expect(isCancelled(await failure)).toBe(true);
    expect(((await failure) as Error).cause).toBe(reason);
    expect(ended.isRaised).toBe(true);
    expect(await failureOf(pool.run(parked(new Flag().memory, new Flag().memory), { timeoutMs: 5 }))).toMatchObject({ name: 'TaskTimeoutError', phase: 'run', limitMs: 5 });
    const begun = new Flag();
    const stubborn: TaskHandle<string> = pool.submit(finishes(begun.memory));
    await begun.raised();
    stubborn.cancel();
    expect(await stubborn.result).toBe('finished all the same');
    expect(pool.stats()).toMatchObject({ cancelled: 2, failed: 0 });
    await end();
  });

  test('a call that is cancelled before it begins never does', async () => {
    const { pool, end } = await fullPool();
    const touched = new Flag();
    const handle = pool.submit(raiseFlag(touched.memory));
    const failure = failureOf(handle.result);
    handle.cancel();
    expect(handle.state).toBe('complete');
    expect(isCancelled(await failure)).toBe(true);
    await end();
    expect(touched.isRaised).toBe(false);
  });

  test('progress arrives', async () => {
    const { pool, end } = await fullPool();
    const handle = pool.submit(report(['a', { b: 1 }]));
    const reports: unknown[] = [];
    for await (const value of handle.progress) reports.push(value);
    expect(reports).toEqual(['a', { b: 1 }]);
    expect(await handle.result).toBe(2);
    await end();
  });

  test('close() waits for it', async () => {
    const { pool, go } = await busyPool({ maxQueue: 1, whenFull: 'run-in-caller' });
    const calls = [pool.run(add(1, 2)), pool.run(fib(10))];
    const closed = pool.close();
    go.raise();
    expect(await Promise.all(calls)).toEqual([3, 55]);
    await closed;
  });
});

describe('ready()', () => {
  test('resolves at once where there is room', async () => {
    await using unlimited = new ThreadPool({ threads: 1 });
    await unlimited.ready();
    await using limited = new ThreadPool({ threads: 1, maxQueue: 1 });
    await limited.ready();
    expect(await limited.run(add(1, 2))).toBe(3);
  });

  test('waits until a call begins, although the thread says nothing by itself then', async () => {
    const { pool, go } = await busyPool({ maxQueue: 1 });
    const [started, goOn] = [new Flag(), new Flag()];
    const second = pool.run(occupy(started.memory, goOn.memory));
    let isReady = false;
    const ready = pool.ready().then(() => {
      isReady = true;
    });
    expect(await failureOf(pool.run(add(1, 2)))).toBeInstanceOf(QueueFullError);
    expect(isReady).toBe(false);
    go.raise();
    await ready;
    // The second call has begun, and cannot have ended.
    const third = pool.run(add(1, 2));
    await started.raised();
    goOn.raise();
    await second;
    expect(await third).toBe(3);
    await pool.close();
  });

  test('lets in as many as there is room for, so that none of them finds it taken', async () => {
    await using pool = new ThreadPool({ threads: 2, maxQueue: 3 });
    let most = 0;
    const produce = async (index: number): Promise<number> => {
      await pool.ready();
      const result = pool.run(add(index, 1));
      most = Math.max(most, pool.stats().queued);
      return await result;
    };
    const results = await Promise.all(Array.from({ length: 300 }, (_, index) => produce(index)));
    expect(results).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(most).toBe(3);
  });

  test('goes on to the next one when somebody who was let in submits nothing', async () => {
    await using pool = new ThreadPool({ threads: 1, maxQueue: 1 });
    await Promise.all(Array.from({ length: 5 }, () => pool.ready()));
  });

  test('rejects when the pool closes, and afterwards', async () => {
    const { pool, go } = await busyPool({ maxQueue: 1 });
    const queued = pool.run(add(1, 2));
    const ready = failureOf(pool.ready());
    const closed = pool.close();
    expect(await ready).toBeInstanceOf(ExecutorClosedError);
    expect(await failureOf(pool.ready())).toBeInstanceOf(ExecutorClosedError);
    go.raise();
    expect(await queued).toBe(3);
    await closed;
  });
});
