import { InlineExecutor, sleep, spawn, task, until } from '@heddle/core';
import { VirtualClock } from '@heddle/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** A clock with a log of what fired when. */
function loggingClock(startMs = 0) {
  const clock = new VirtualClock({ startMs });
  const log: string[] = [];
  const set = (name: string, delayMs: number) => clock.setTimer(() => log.push(`${name} at ${clock.now()}`), delayMs);
  return { clock, log, set };
}

describe('a virtual clock', () => {
  it('stands still by itself', async () => {
    const { clock, log, set } = loggingClock(1_000);
    set('timer', 0);
    await clock.settle();
    expect(clock.now()).toBe(1_000);
    expect(log).toEqual([]);
  });

  it('fires what falls due on the way, in order of time, and ends where it was told to', async () => {
    const { clock, log, set } = loggingClock(100);
    set('late', 30);
    set('early', 10);
    set('never', 51);
    await clock.advance(50);
    expect(log).toEqual(['early at 110', 'late at 130']);
    expect(clock.now()).toBe(150);
  });

  it('fires timers of one moment in the order in which they were set', async () => {
    const { clock, log, set } = loggingClock();
    for (const name of ['a', 'b', 'c', 'd']) set(name, 5);
    set('first', 4);
    await clock.advance(5);
    expect(log.map((entry) => entry.split(' ')[0])).toEqual(['first', 'a', 'b', 'c', 'd']);
  });

  it('fires timers that are set on the way, when they fall due in time', async () => {
    const { clock, log, set } = loggingClock();
    clock.setTimer(() => {
      set('in time', 5);
      set('at once', 0);
      set('too late', 6);
    }, 5);
    await clock.advance(10);
    expect(log).toEqual(['at once at 5', 'in time at 10']);
  });

  it('does not fire what was cancelled, even by a timer of the same moment', async () => {
    const { clock, log, set } = loggingClock();
    const cancels = [set('cancelled before', 1)];
    clock.setTimer(() => cancels.forEach((cancel) => cancel()), 2);
    cancels.push(set('cancelled meanwhile', 2));
    cancels[0]?.();
    cancels[0]?.();
    await clock.advance(5);
    expect(log).toEqual([]);
  });

  it('lists the timers that are armed', () => {
    const clock = new VirtualClock({ startMs: 10 });
    clock.setTimer(() => {}, 7);
    const cancel = clock.setTimer(() => {}, 3);
    clock.setTimer(() => {}, 3);
    expect(clock.pending).toEqual([
      { dueMs: 13, order: 1 },
      { dueMs: 13, order: 2 },
      { dueMs: 17, order: 0 },
    ]);
    cancel();
    expect(clock.pending.map(({ order }) => order)).toEqual([2, 0]);
  });

  it('lets promise callbacks run between two timers', async () => {
    const { clock, log, set } = loggingClock();
    const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimer(resolve, ms));
    const chain = (async () => {
      await wait(1);
      log.push(`first step at ${clock.now()}`);
      await Promise.resolve();
      await wait(1);
      log.push(`second step at ${clock.now()}`);
    })();
    set('timer', 3);
    await clock.advance(3);
    await chain;
    expect(log).toEqual(['first step at 1', 'second step at 2', 'timer at 3']);
  });

  it('runs until no timer is left', async () => {
    const { clock, log, set } = loggingClock();
    const again = (times: number): void => {
      log.push(`tick at ${clock.now()}`);
      if (times > 0) clock.setTimer(() => again(times - 1), 100);
    };
    again(3);
    set('an hour', 3_600_000);
    await clock.runUntilIdle();
    expect(log).toEqual(['tick at 0', 'tick at 100', 'tick at 200', 'tick at 300', 'an hour at 3600000']);
    expect(clock.pending).toEqual([]);
  });

  it('gives up on timers without end', async () => {
    const clock = new VirtualClock();
    const tick = (): void => void clock.setTimer(tick, 1);
    tick();
    await expect(clock.runUntilIdle({ maxTimers: 50 })).rejects.toThrow('Expected at most 50 timers before all is idle, got more; something sets timers for ever');
  });

  it('holds a million timers, most of which are cancelled', async () => {
    const { clock, log, set } = loggingClock();
    const million = 1_000_000;
    const cancels = Array.from({ length: million }, (_, index) => set(`timer ${index}`, (index * 7_919) % million));
    for (const [index, cancel] of cancels.entries()) if (index % 100_000 !== 7) cancel();
    expect(clock.pending).toHaveLength(10);
    await clock.runUntilIdle();
    expect(log).toHaveLength(10);
    const times = log.map((entry) => Number(entry.split(' at ')[1]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(clock.now()).toBe(times.at(-1));
  });

  it('is moved by one at a time', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow('Expected one advance() or runUntilIdle() at a time');
    await first;
    await clock.advance(1);
    expect(clock.now()).toBe(2);
  });

  it.each([-1, Number.NaN, Infinity])('refuses %d milliseconds', async (ms) => {
    const clock = new VirtualClock();
    await expect(clock.advance(ms)).rejects.toThrow(RangeError);
    expect(() => clock.setTimer(() => {}, ms)).toThrow(`Expected \`delayMs\` to be a finite number of milliseconds of at least 0, got ${ms}`);
    expect(() => new VirtualClock({ startMs: ms })).toThrow(RangeError);
  });

  it('moves the tasks of an executor', async () => {
    const clock = new VirtualClock();
    const executor = new InlineExecutor({ clock });
    const log: string[] = [];
    const nap = task(function* (name: string, ms: number) {
      yield* sleep(ms);
      log.push(`${name} at ${clock.now()}`);
    });
    const main = task(function* () {
      const child = yield* spawn(nap('child', 20));
      yield* nap('main', 10);
      yield* until(() => Promise.resolve());
      yield* nap('main', 5);
      yield* child;
    });
    const result = executor.run(main());
    await clock.runUntilIdle();
    await result;
    expect(log).toEqual(['main at 10', 'main at 15', 'child at 20']);
    await executor.close();
  });

  it('fires any set of timers as a stable sort by time would order them', async () => {
    const delays = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 20 }), isCancelled: fc.boolean() }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(delays, async (timers) => {
        const clock = new VirtualClock();
        const fired: number[] = [];
        const cancels = timers.map(({ delayMs }, index) => clock.setTimer(() => fired.push(index), delayMs));
        timers.forEach(({ isCancelled }, index) => {
          if (isCancelled) cancels[index]?.();
        });
        await clock.runUntilIdle();
        const expected = timers.map((timer, index) => ({ ...timer, index })).filter(({ isCancelled }) => !isCancelled);
        expect(fired).toEqual(expected.toSorted((one, other) => one.delayMs - other.delayMs).map(({ index }) => index));
      }),
      { numRuns: 50 },
    );
  });
});
