/** The simulator as an executor: outcomes, cancellation, virtual time, real promises, closing. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { all, CancelledError, Channel, current, InlineExecutor, sleep, spawn, task, TASK_CHANNEL, TaskTimeoutError, TraceRecorder, until, yieldNow, type Clock, type Coroutine, type TraceEvent } from '@heddle/core';
import { multiplexerRule, parkingRule, simulate, Simulator, threadPoolRule, type Instruction } from '@heddle/simulator';
import { afterEach, describe, expect, test } from 'vitest';

const opened: Simulator[] = [];

function open(options?: ConstructorParameters<typeof Simulator>[0]): Simulator {
  const simulator = new Simulator(options);
  opened.push(simulator);
  return simulator;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((simulator) => simulator.close({ deadlineMs: 0 })));
});

/** A clock whose time moves only when a test moves it. */
class ManualClock implements Clock {
  nowMs = 0;
  readonly timers = new Set<{ callback: () => void; dueMs: number }>();
  now(): number {
    return this.nowMs;
  }
  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { callback, dueMs: this.nowMs + delayMs };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }
  advance(ms: number): void {
    this.nowMs += ms;
    for (const timer of this.timers) {
      if (timer.dueMs > this.nowMs) continue;
      this.timers.delete(timer);
      timer.callback();
    }
  }
}

/** Lets everything happen that can without the outside world. */
async function settleDown(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const nap = task(function* nap(ms: number, log?: string[], name = `${ms} ms`) {
  yield* sleep(ms);
  log?.push(name);
  return name;
});

const forever = task(function* forever(log?: string[]) {
  try {
    yield* until(() => new Promise<never>(() => {}));
  } finally {
    log?.push('finally');
  }
});

class FussyError extends Error {
  readonly detail = { path: 'a/b' };
}

describe('outcomes', () => {
  const kinds = [
    ['a coroutine', task(function* (n: number) { return n + 1; })],
    ['a plain function', task((n: number) => n + 1)],
    ['an async function', task(async (n: number) => { await Promise.resolve(); return n + 1; })],
  ] as const;

  test.each(kinds)('the value of %s is handed on', async (_kind, increment) => {
    expect(await open().run(increment(41))).toBe(42);
  });

  test('an error arrives as it was thrown', async () => {
    const thrown = new FussyError('no', { cause: 'why' });
    const fail = task(function* () { throw thrown; });
    await expect(open().run(fail())).rejects.toBe(thrown);
  });

  test('null can be thrown, and caught by the awaiting task', async () => {
    const fail = task(function* () { throw null; });
    const parent = task(function* () {
      try {
        yield* fail();
        return 'missed';
      } catch (error) {
        return error;
      }
    });
    expect(await open({ threads: 2 }).run(parent())).toBe(null);
  });

  test('a failing task harms no other', async () => {
    const simulator = open({ threads: 2 });
    const fail = task(function* () { yield* yieldNow(); throw new Error('no'); });
    const outcomes = await Promise.allSettled([simulator.run(nap(1)), simulator.run(fail()), simulator.run(nap(2))]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(simulator.stats()).toEqual({ queued: 0, running: 0, awaiting: 0, completed: 2, failed: 1, cancelled: 0 });
  });

  test('a chain of 100,000 awaits completes', async () => {
    const descend = task(function* (depth: number): Coroutine<number> {
      return depth === 0 ? 0 : 1 + (yield* descend(depth - 1));
    });
    const schedule = await simulate(descend(100_000), { threads: 3, rows: false });
    expect(schedule.outcome).toEqual({ status: 'fulfilled', value: 100_000 });
    expect(schedule.rows).toEqual([]);
    expect(schedule.totals.instructions).toBe(200_001);
  });
});

describe('the queue', () => {
  const child = task(function* child() {});
  const parent = task(function* parent() {
    yield* child();
    yield* child();
    yield* child();
  });

  test('every await of a task goes through it, not only the first of a visit', async () => {
    const { rows } = await simulate(parent());
    expect(rows.map(({ task, event }) => `${task} ${event}`)).toEqual([
      'parent awaits',
      'child complete',
      'parent awaits',
      'child complete',
      'parent awaits',
      'child complete',
      'parent complete',
    ]);
  });

  test('awaits run as frames of their caller when asked to', async () => {
    const { rows } = await simulate(parent(), { awaits: 'frame' });
    expect(rows.map(({ task, event }) => `${task} ${event}`)).toEqual(['parent complete']);
  });

  test('calls start in the order in which they were submitted', async () => {
    const log: string[] = [];
    const note = task(function* note(name: string) { log.push(name); });
    const simulator = open();
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => simulator.run(note(name))));
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a call never starts before submit has returned', () => {
    let hasStarted = false;
    const simulator = open();
    const handle = simulator.submit(task(function* () { hasStarted = true; })());
    expect([hasStarted, handle.state]).toEqual([false, 'ready']);
  });

  test('no more than one thread visits a task within a round of a parking schedule', async () => {
    const schedule = await simulate(parent(), { threads: 8 });
    expect(schedule.totals).toMatchObject({ instructions: 7, rounds: 7, speedUp: 1 });
  });

  test('a spawned child shows as awaited only once it is', async () => {
    const main = task(function* main() {
      const handle = yield* spawn(child());
      yield* yieldNow();
      yield* handle;
    });
    const { rows } = await simulate(main(), { rule: threadPoolRule('as printed') });
    expect(rows.map(({ task, event, queue }) => [task, event, queue.join(' ')])).toEqual([
      ['main', 'yields', 'child main'],
      ['child', 'complete', 'main'],
      ['main', 'complete', ''],
    ]);
  });

  test('trace events carry the virtual thread', async () => {
    const trace = new TraceRecorder();
    const both = task(function* both() { yield* all([child(), child()]); });
    await simulate(both(), { threads: 2, trace });
    const threads = trace.events.filter(({ name, type }) => name === 'child' && type === 'started').map((event) => event.thread);
    expect(threads).toEqual([1, 2]);
  });

  test('trace events are published to who subscribes before the simulator was made, and after', async () => {
    const heard: string[] = [];
    const hear = (message: unknown): void => {
      const { name, type, thread } = message as TraceEvent;
      heard.push(`${name} ${type} ${thread}`);
    };
    const simulator = open({ threads: 2 });
    subscribe(TASK_CHANNEL, hear);
    try {
      await simulator.run(child(), { name: 'early' });
      await open().run(child(), { name: 'late' });
    } finally {
      unsubscribe(TASK_CHANNEL, hear);
    }
    await simulator.run(child());
    expect(heard).toEqual(['early', 'late'].flatMap((name) => [`${name} queued 0`, `${name} started 1`, `${name} completed 1`]));
  });
});

describe('virtual time', () => {
  test('sleeping costs no real time, and tasks wake in order of their time', async () => {
    const log: string[] = [];
    const simulator = open({ threads: 3 });
    const dayMs = 86_400_000;
    await Promise.all([3, 1, 2, 1].map((days, index) => simulator.run(nap(days * dayMs, log, `${days} d, call ${index}`))));
    expect(log).toEqual(['1 d, call 1', '1 d, call 3', '2 d, call 2', '3 d, call 0']);
    expect(simulator.clock.now()).toBeGreaterThanOrEqual(3 * dayMs);
  });

  test('an instruction takes a tick, and sleep is counted in ticks', async () => {
    const { rows, totals } = await simulate(nap(5), { tickMs: 1 });
    expect(rows.map(({ tick, event, awaits }) => [tick, event, ...awaits])).toEqual([[0, 'awaits', 'sleep(5 ms)'], [5, 'complete']]);
    expect(totals).toMatchObject({ instructions: 2, rounds: 2, ticks: 6 });
  });

  test('a time-out ends a task that sleeps longer', async () => {
    const simulator = open();
    const error: unknown = await simulator.run(nap(1_000), { timeoutMs: 10 }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ phase: 'run', limitMs: 10 });
    expect(await simulator.run(nap(10), { timeoutMs: 1_000 })).toBe('10 ms');
  });

  test('a deadline is a moment of virtual time', async () => {
    const simulator = open({ startMs: 5_000 });
    await expect(simulator.run(nap(1_000), { deadline: 5_500 })).rejects.toMatchObject({ phase: 'deadline' });
    expect(await simulator.run(nap(1), { deadline: simulator.clock.now() + 2 })).toBe('1 ms');
  });

  test('a result that is awaited outside can be acted on before time jumps', async () => {
    const log: string[] = [];
    const simulator = open();
    const long = simulator.run(nap(1_000, log));
    await simulator.run(nap(1, log));
    await simulator.run(nap(2, log));
    await long;
    expect(log).toEqual(['1 ms', '2 ms', '1000 ms']);
  });

  test('polling rules do not spin while every task sleeps', async () => {
    for (const rule of [multiplexerRule(), threadPoolRule('literal FIFO')]) {
      const { rows } = await simulate(nap(1_000), { rule });
      expect(rows.map(({ event }) => event)).toEqual(['awaits', 'complete']);
    }
  });
});

describe('real promises', () => {
  test('are awaited for real, and take no virtual time', async () => {
    const realClock = new ManualClock();
    let resolve = (_page: string): void => {};
    const promise = new Promise<string>((onResolve) => {
      resolve = onResolve;
    });
    const rows: Instruction[] = [];
    const simulator = open({ realClock, onInstruction: (row) => rows.push(row) });
    const result = simulator.run(task(function* load() { return yield* until(() => promise); })());
    await settleDown();
    realClock.advance(500);
    resolve('page');
    expect(await result).toBe('page');
    expect(rows.map(({ tick, event, awaits }) => [tick, event, ...awaits])).toEqual([[0, 'awaits', 'a promise'], [1, 'complete']]);
  });

  test('are cut off by a virtual time-out once as much real time has passed', async () => {
    const realClock = new ManualClock();
    const log: string[] = [];
    const simulator = open({ realClock });
    const outcome = Promise.allSettled([simulator.run(forever(log), { timeoutMs: 100 })]);
    await settleDown();
    realClock.advance(60);
    await settleDown();
    expect(log).toEqual([]);
    realClock.advance(60);
    expect((await outcome)[0]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_HEDDLE_TIMEOUT' } });
    expect(log).toEqual(['finally']);
    expect(realClock.timers.size).toBe(0);
  });

  test('time-outs count the pauses of many short promises together', async () => {
    const realClock = new ManualClock();
    const wakers: (() => void)[] = [];
    const poll = task(function* poll() {
      for (;;) yield* until(() => new Promise<void>((resolve) => wakers.push(resolve)));
    });
    const outcome = Promise.allSettled([open({ realClock }).run(poll(), { timeoutMs: 50 })]);
    for (let turn = 0; turn < 6; turn++) {
      await settleDown();
      realClock.advance(10);
      wakers.at(-1)?.();
    }
    expect((await outcome)[0]).toMatchObject({ reason: { code: 'ERR_HEDDLE_TIMEOUT' } });
    expect(wakers.length).toBeLessThanOrEqual(6);
  });

  test('a task of another executor can be awaited', async () => {
    const inline = new InlineExecutor();
    const handle = inline.submit(task(async () => await Promise.resolve(7))());
    expect(await open().run(task(function* () { return yield* handle; })())).toBe(7);
    await inline.close();
  });

  test('reach endlessly ready tasks: a signal from outside still cancels them', async () => {
    const controller = new AbortController();
    const spin = task(function* spin() { for (;;) yield* yieldNow(); });
    const result = open({ threads: 2 }).run(spin(), { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(result).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('cancellation', () => {
  const rules = [
    ['parking', parkingRule()],
    ['the multiplexer rule', multiplexerRule()],
    ['the thread pool rule', threadPoolRule('as printed')],
  ] as const;

  test.each(rules)('under %s, cancelling a queued task never starts it', async (_name, rule) => {
    const log: string[] = [];
    const simulator = open({ rule });
    const first = simulator.submit(nap(1, log, 'first'));
    const second = simulator.submit(nap(1, log, 'second'));
    const third = simulator.submit(nap(1, log, 'third'));
    second.cancel('not needed');
    const outcomes = await Promise.allSettled([first.result, second.result, third.result]);
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_HEDDLE_CANCELLED', cause: 'not needed' } });
    expect(log).toEqual(['first', 'third']);
  });

  test.each(rules)('under %s, a running task sees its signal, and its finally blocks run before it settles', async (_name, rule) => {
    const log: string[] = [];
    const simulator = open({ rule });
    const tidy = task(function* tidy() {
      current().signal.addEventListener('abort', () => log.push('signal'));
      try {
        yield* nap(1_000);
      } finally {
        yield* sleep(10);
        log.push('finally');
      }
    });
    const handle = simulator.submit(tidy());
    const cancel = task(function* cancel() { yield* sleep(5); handle.cancel(); });
    await simulator.run(cancel());
    await expect(handle.result).rejects.toBeInstanceOf(CancelledError);
    expect(log).toEqual(['signal', 'finally']);
    expect(simulator.clock.now()).toBeLessThan(100);
  });

  test('a finally block that goes on suspending is cut off after the grace period', async () => {
    const simulator = open({ graceMs: 50 });
    const stubborn = task(function* stubborn() {
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(10_000);
      }
    });
    await expect(simulator.run(stubborn(), { timeoutMs: 10 })).rejects.toBeInstanceOf(TaskTimeoutError);
    expect(simulator.clock.now()).toBeLessThan(100);
  });
});

describe('deadlocks', () => {
  const rules = [
    ['parking', parkingRule()],
    ['the multiplexer rule', multiplexerRule()],
    ['the thread pool rule', threadPoolRule('literal FIFO')],
  ] as const;

  test.each(rules)('under %s, a circle of waiting tasks is broken by an error that tells it', async (_name, rule) => {
    const handles: { left?: { [Symbol.iterator](): Coroutine<unknown> } } = {};
    const right = task(function* right() {
      yield* handles.left ?? [];
    } as () => Coroutine<void>);
    const left = task(function* left() { yield* right(); });
    const main = task(function* main() {
      handles.left = yield* spawn(left());
      yield* sleep(1);
      yield* handles.left;
    });
    const { outcome } = await simulate(main(), { rule });
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_HEDDLE_DEADLOCK' } });
    // `right` ends before `left`, which awaits it: so it may not wait for it, be that now or later.
    const { message } = (outcome as PromiseRejectedResult).reason as Error;
    expect(message).toContain('got a circle of tasks that wait for one another: right -> left -> right');
  });

  test('the task that gets the error may handle it and go on', async () => {
    const own: { handle?: { [Symbol.iterator](): Coroutine<unknown> } } = {};
    const selfish = task(function* selfish() {
      yield* yieldNow();
      try {
        yield* own.handle ?? [];
        return 'missed';
      } catch (error) {
        return (error as Error).message;
      }
    } as () => Coroutine<string>);
    const simulator = open();
    const handle = simulator.submit(selfish());
    own.handle = handle;
    expect(await handle.result).toContain('got a wait for itself: selfish -> selfish');
  });

  test('tasks that wait for what none of them brings get an error at the moment when nothing else is left to do', async () => {
    const simulator = open();
    const channel = new Channel<number>(0, { name: 'numbers' });
    const consumer = task(function* consumer() {
      return yield* channel.receive();
    });
    const main = task(function* main() {
      yield* spawn(consumer());
      yield* sleep(5);
    });
    const [outcome] = await Promise.allSettled([simulator.run(main())]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_HEDDLE_DEADLOCK' } });
    expect((outcome as PromiseRejectedResult).reason.message).toMatch(/^ {2}consumer \S+ waits for next\(\) of channel numbers\n {2}main \S+ waits for the end of consumer \S+$/m);
  });
});

describe('closing', () => {
  test('finishes what was accepted, then refuses', async () => {
    const simulator = open();
    const result = simulator.run(nap(1_000));
    await simulator.close();
    expect(await result).toBe('1000 ms');
    expect(() => simulator.submit(nap(1))).toThrow('Expected an open executor, got submit() after close()');
    await expect(simulator.run(nap(1))).rejects.toMatchObject({ code: 'ERR_HEDDLE_CLOSED' });
  });

  test('cancels at the deadline what has not ended, and leaves no timer', async () => {
    const realClock = new ManualClock();
    const simulator = open({ realClock });
    const outcomes = Promise.allSettled([simulator.run(nap(1_000)), simulator.run(forever())]);
    await settleDown();
    const closed = simulator.close({ deadlineMs: 100 });
    await settleDown();
    realClock.advance(100);
    await closed;
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { cause: { code: 'ERR_HEDDLE_CLOSED' } } });
    expect(realClock.timers.size).toBe(0);
  });
});

describe('options', () => {
  test.each([
    [{ threads: 0 }, 'Expected `threads` to be an integer of at least 1, got 0'],
    [{ threads: 1.5 }, 'Expected `threads` to be an integer of at least 1, got 1.5'],
    [{ threads: 2, rule: multiplexerRule() }, 'Expected `threads` to be at most 1 under the multiplexer rule, got 2'],
    [{ tickMs: 0 }, 'Expected `tickMs` to be a number above 0, got 0'],
    [{ rule: 'fifo' }, "Expected `rule` to be a scheduling rule, such as parkingRule(), got the string 'fifo'"],
    [{ awaits: 'never' }, "Expected `awaits` to be 'queue' or 'frame', got the string 'never'"],
  ])('%o are refused', (options, message) => {
    expect(() => new Simulator(options as never)).toThrow(message);
  });

  test('unknown parking policies are refused', () => {
    expect(() => parkingRule({ policy: 'best' as 'fifo' })).toThrow("Expected the parking policy to be 'fifo', 'lifo' or 'random', got the string 'best'");
    expect(() => parkingRule({ seed: -1 })).toThrow('Expected `seed` to be an integer of at least 0, got -1');
  });
});
