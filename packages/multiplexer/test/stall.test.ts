import { InlineExecutor, sleep, spawn, task, yieldNow, type Coroutine } from '@heddle/core';
import { LocalExecutor, step, type Fiber } from '@heddle/core/engine';
import { Multiplexer, type StallReport } from '@heddle/multiplexer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
// Inside the package only: with a clock of the test's own.
import { StallWatch } from '../src/stall-watch.ts';
import { ManualClock } from './manual-clock.ts';

/** Steps its tasks when a test says so. */
class SteppedExecutor extends LocalExecutor {
  readonly #ready: Fiber[] = [];

  protected get isStepping(): boolean {
    return false;
  }

  enqueue(fiber: Fiber): void {
    this.#ready.push(fiber);
  }

  dequeue(): void {}

  checkpoint(): boolean {
    return true;
  }

  /** Steps what is ready, and what becomes ready by that. */
  stepAll(stepOne: (fiber: Fiber) => void): void {
    for (let fiber = this.#ready.shift(); fiber !== undefined; fiber = this.#ready.shift()) stepOne(fiber);
  }
}

describe('StallWatch', () => {
  let nowMs = 0;
  let reads = 0;
  let reports: StallReport[] = [];

  beforeEach(() => {
    nowMs = 0;
    reads = 0;
    reports = [];
  });

  const now = (): number => {
    reads++;
    return nowMs;
  };

  const busy = (ms: number): void => {
    nowMs += ms;
  };

  function runWatched(executor: SteppedExecutor, watch: StallWatch): void {
    watch.resume();
    executor.stepAll((fiber) => {
      step(fiber);
      watch.stepped(fiber);
    });
  }

  test('names each step that took as long as the limit, and where it has ended', () => {
    const executor = new SteppedExecutor({ clock: new ManualClock() });
    const working = task(function* working() {
      busy(49);
      yield* yieldNow();
      busy(50);
      yield* yieldNow();
      busy(51);
      yield* sleep(10);
    });
    const failing = task(function* failing(): Coroutine<void> {
      busy(60);
      throw new Error('failed');
    });
    const plain = task(function plain() {
      busy(70);
    });
    const handles = [executor.submit(working()), executor.submit(failing()), executor.submit(plain(), { name: 'named' })];
    handles[1]?.result.catch(() => {});
    runWatched(executor, new StallWatch((report) => reports.push(report), 50, now));
    expect(reports).toEqual([
      { id: handles[1]?.id, name: 'failing', durationMs: 60, next: 'failed' },
      { id: handles[2]?.id, name: 'named', durationMs: 70, next: 'completed' },
      { id: handles[0]?.id, name: 'working', durationMs: 50, next: 'yielded' },
      { id: handles[0]?.id, name: 'working', durationMs: 51, next: 'sleep(10 ms)' },
    ]);
    handles[0]?.result.catch(() => {});
    handles[0]?.cancel();
    executor.stepAll(step);
    expect(handles[0]?.state).toBe('complete');
  });

  test('looks at the clock once a step', () => {
    const executor = new SteppedExecutor();
    const counting = task(function* () {
      for (let n = 1; n < 100; n++) yield* yieldNow();
    });
    void executor.run(counting());
    runWatched(executor, new StallWatch((report) => reports.push(report), 50, now));
    expect({ reads, reports }).toEqual({ reads: 101, reports: [] });
  });

  test('blames no task for the time between two turns, or for what a report took', () => {
    const executor = new SteppedExecutor();
    const watch = new StallWatch(
      (report) => {
        reports.push(report);
        busy(1_000);
      },
      50,
      now,
    );
    const quick = task(function quick() {});
    const slow = task(function slow() {
      busy(100);
    });
    void executor.run(slow());
    void executor.run(quick());
    runWatched(executor, watch);
    busy(1_000);
    void executor.run(quick());
    runWatched(executor, watch);
    expect(reports.map(({ name }) => name)).toEqual(['slow']);
  });
});

/** Keeps the thread for so much real time. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

const blocking = task(function* blocking(ms: number) {
  block(ms);
  yield* sleep(0);
  return ms;
});

describe('a multiplexer with `onStall`', () => {
  const uncaught: unknown[] = [];
  const listeners = process.listeners('uncaughtException');

  beforeEach(() => {
    uncaught.length = 0;
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
  });

  afterEach(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });

  test('reports the task that stalls, and goes on', async () => {
    const reports: StallReport[] = [];
    await using multiplexer = new Multiplexer({ stallMs: 5, onStall: (report) => reports.push(report) });
    const handle = multiplexer.submit(blocking(10));
    expect(await handle.result).toBe(10);
    // The machine may be so busy that other steps take as long.
    const report = reports.find(({ next }) => next === 'sleep(0 ms)');
    expect(report).toMatchObject({ id: handle.id, name: 'blocking' });
    expect(report?.durationMs).toBeGreaterThanOrEqual(10);
  });

  test('finds it also in a block of steps that are counted without a look at the clock', async () => {
    const reports: StallReport[] = [];
    await using multiplexer = new Multiplexer({ budget: { ms: Infinity }, stallMs: 5, onStall: (report) => reports.push(report) });
    const quick = task(function* quick(turns: number) {
      for (let turn = 0; turn < turns; turn++) yield* yieldNow();
    });
    const main = task(function* main() {
      for (let n = 0; n < 50; n++) yield* spawn(quick(10));
      yield* spawn(blocking(10));
    });
    await multiplexer.run(main());
    expect(reports.map(({ name }) => name)).toContain('blocking');
  });

  test('loses no task when the handler throws: that is an uncaught exception', async () => {
    const failure = new Error('handler failed');
    const multiplexer = new Multiplexer({
      stallMs: 5,
      onStall: () => {
        throw failure;
      },
    });
    expect(await Promise.all([1, 2, 3].map((n) => multiplexer.run(blocking(5 + n))))).toEqual([6, 7, 8]);
    await multiplexer.close();
    expect(uncaught.length).toBeGreaterThanOrEqual(3);
    expect(new Set(uncaught)).toEqual(new Set([failure]));
  });

  test.each([
    [{ onStall: 'loudly' as never }, TypeError, 'Expected `onStall` to be a function, got'],
    [{ onStall: () => {}, stallMs: 0 }, RangeError, 'Expected `stallMs` to be a number above 0, got 0'],
    [{ onStall: () => {}, stallMs: '50' as never }, TypeError, 'Expected `stallMs`'],
  ])('refuses %o', (options, errorClass, message) => {
    expect(() => new Multiplexer(options)).toThrow(errorClass);
    expect(() => new Multiplexer(options)).toThrow(message);
  });
});

test('a task of a multiplexer may await one of another executor, which each of them schedules by itself', async () => {
  await using multiplexer = new Multiplexer({ deadlocks: 'idle' });
  const elsewhere = new InlineExecutor();
  const slow = task(function* slow() {
    yield* sleep(1);
    return 'from elsewhere';
  });
  const handle = elsewhere.submit(slow());
  const joining = task(function* joining() {
    return yield* handle;
  });
  expect(await multiplexer.run(joining())).toBe('from elsewhere');
});
