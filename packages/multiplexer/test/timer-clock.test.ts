import { sleep, systemClock, task, timeout, type CancelTimer, type Clock } from '@heddle/core';
import { Multiplexer, TimerClock } from '@heddle/multiplexer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventLoopTurn, ManualClock } from './manual-clock.ts';

/** A clock under test, the one beneath it, and a log of what fired when. */
function start() {
  const beneath = new ManualClock();
  const clock = new TimerClock(beneath);
  const log: string[] = [];
  const set = (name: string, delayMs: number): CancelTimer => clock.setTimer(() => log.push(`${name} at ${clock.now()}`), delayMs);
  return { beneath, clock, log, set };
}

describe('a timer clock', () => {
  test('has the time of the clock beneath', () => {
    const { beneath, clock } = start();
    beneath.advance(12.5);
    expect(clock.now()).toBe(12.5);
    expect(Math.abs(new TimerClock().now() - systemClock.now())).toBeLessThan(60_000);
  });

  test('fires timers in order of time, those of one moment in the order in which they were set', () => {
    const { beneath, log, set } = start();
    for (const [name, delayMs] of [['c', 20], ['a', 10], ['d', 20], ['b', 10.5], ['e', 2_000_000]] as const) set(name, delayMs);
    beneath.advance(2_000_000);
    expect(log).toEqual(['a at 10', 'b at 10.5', 'c at 20', 'd at 20', 'e at 2000000']);
  });

  test('has one timer beneath however many are armed, and none when none is', () => {
    const { beneath, set } = start();
    const cancels = Array.from({ length: 100 }, (_, index) => set(`timer ${index}`, (index * 37) % 100));
    expect(beneath.timers).toBe(1);
    beneath.advance(50);
    expect(beneath.timers).toBe(1);
    for (const cancel of cancels) cancel();
    expect(beneath.timers).toBe(0);
    set('another', 5);
    expect(beneath.timers).toBe(1);
    beneath.advance(5);
    expect(beneath.timers).toBe(0);
  });

  test('fires nothing that was cancelled, not even by a timer of the same moment, and takes a second cancel', () => {
    const { beneath, clock, log, set } = start();
    const cancels: CancelTimer[] = [];
    clock.setTimer(() => cancels.forEach((cancel) => cancel()), 2);
    cancels.push(set('same moment', 2), set('later', 3));
    const cancel = set('earlier', 1);
    cancel();
    cancel();
    beneath.advance(10);
    expect(log).toEqual([]);
    expect(beneath.timers).toBe(0);
  });

  test('goes on to the next one when the one that was due first is cancelled', () => {
    const { beneath, log, set } = start();
    const cancel = set('first', 10);
    set('second', 20);
    cancel();
    beneath.advance(15);
    expect(log).toEqual([]);
    expect(beneath.timers).toBe(1);
    beneath.advance(5);
    expect(log).toEqual(['second at 20']);
  });

  test('fires in order what is overdue when the clock beneath has jumped', () => {
    const { beneath, log, set } = start();
    for (const [name, delayMs] of [['year', 3e10], ['b', 70_000], ['a', 5], ['hour', 3_600_000], ['never', 4e10]] as const) set(name, delayMs);
    beneath.jump(3.5e10);
    expect(log).toEqual(['a at 35000000000', 'b at 35000000000', 'hour at 35000000000', 'year at 35000000000']);
    expect(beneath.timers).toBe(1);
  });

  test('is never early, although the clock beneath is', () => {
    const manual = new ManualClock();
    // By half a millisecond, as hosts are that count in whole ones.
    const beneath: Clock = { now: () => manual.now(), setTimer: (callback, delayMs) => manual.setTimer(callback, delayMs > 1 ? delayMs - 0.5 : delayMs) };
    const clock = new TimerClock(beneath);
    const fired: number[] = [];
    clock.setTimer(() => fired.push(clock.now()), 10);
    manual.advance(9.75);
    expect(fired).toEqual([]);
    manual.advance(5);
    expect(fired).toEqual([10]);
  });

  test('takes delays beyond 2^31 ms, and what is no delay as none', () => {
    const { beneath, log, set } = start();
    set('in a century', 100 * 365 * 86_400_000);
    set('never', Infinity);
    set('at once', -5);
    set('no number', Number.NaN);
    beneath.advance(2 ** 31);
    expect(log).toEqual(['at once at 0', 'no number at 0']);
    beneath.advance(100 * 365 * 86_400_000);
    expect(log.slice(2)).toEqual([`in a century at ${100 * 365 * 86_400_000}`]);
  });

  test('fires the others too when a callback throws', () => {
    const { beneath, clock, log, set } = start();
    set('before', 1);
    clock.setTimer(() => {
      throw new RangeError('broken');
    }, 1);
    set('after', 1);
    expect(() => beneath.advance(1)).toThrow(new RangeError('broken'));
    expect(log).toEqual(['before at 1']);
    beneath.advance(0);
    expect(log).toEqual(['before at 1', 'after at 1']);
    expect(beneath.timers).toBe(0);
  });

  test('lets the event loop have its turn after ten thousand', () => {
    const { beneath, clock } = start();
    let turns = 0;
    const counting: Clock = {
      now: () => beneath.now(),
      setTimer: (callback, delayMs) =>
        beneath.setTimer(() => {
          turns++;
          callback();
        }, delayMs),
    };
    const counted = new TimerClock(counting);
    let fired = 0;
    for (let index = 0; index < 25_000; index++) counted.setTimer(() => fired++, 1);
    beneath.advance(1);
    expect({ fired, turns }).toEqual({ fired: 25_000, turns: 3 });
    expect(clock.now()).toBe(1);
  });

  test('holds a million timers', () => {
    const { beneath, clock } = start();
    const million = 1_000_000;
    let lastMs = 0;
    let fired = 0;
    const cancels = Array.from({ length: million }, (_, index) => {
      const dueMs = (index * 7_919) % 100_000;
      return clock.setTimer(() => {
        if (dueMs < lastMs || clock.now() !== dueMs) throw new Error(`Expected a timer due at ${clock.now()}, got one due at ${dueMs}`);
        lastMs = dueMs;
        fired++;
      }, dueMs);
    });
    for (const [index, cancel] of cancels.entries()) if (index % 4 > 0) cancel();
    beneath.advance(100_000);
    expect(fired).toBe(million / 4);
    expect(beneath.timers).toBe(0);
  });

  test('behaves as an array that is sorted at each look, also when callbacks set and cancel timers', () => {
    const delayMs = fc.oneof(
      fc.nat({ max: 12 }).map((quarters) => quarters / 4),
      fc.nat({ max: 2_000 }),
      fc.nat({ max: 2 ** 33 }),
      fc.constantFrom(0, 31, 32, 1_024, 2 ** 30, 2 ** 31),
    );
    const reaction = fc.oneof(
      fc.constant(null),
      fc.record({ type: fc.constant('set' as const), delayMs }),
      fc.record({ type: fc.constant('cancel' as const), at: fc.nat() }),
    );
    const action = fc.oneof(
      { weight: 5, arbitrary: fc.record({ type: fc.constant('set' as const), delayMs, reaction }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('cancel' as const), at: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('advance' as const, 'jump' as const), byMs: delayMs }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
        const beneath = new ManualClock();
        const real = new Timers(new TimerClock(beneath));
        const model = new ModelClock();
        const modelled = new Timers(model);
        for (const step of actions) {
          for (const timers of [real, modelled]) {
            if (step.type === 'set') timers.set(step.delayMs, step.reaction);
            else if (step.type === 'cancel') timers.cancel(step.at);
          }
          if (step.type === 'advance') beneath.advance(step.byMs);
          else if (step.type === 'jump') beneath.jump(step.byMs);
          if (step.type === 'advance' || step.type === 'jump') model.move(step.byMs, step.type === 'jump');
          expect(real.log).toEqual(modelled.log);
          expect(beneath.timers).toBe(model.armed === 0 ? 0 : 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Reaction = { type: 'set'; delayMs: number } | { type: 'cancel'; at: number } | null;

/** Sets and cancels timers of a clock, and notes which fired when. */
class Timers {
  readonly log: { readonly name: number; readonly atMs: number }[] = [];
  readonly #clock: Clock;
  readonly #cancels: CancelTimer[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(delayMs: number, then: Reaction = null): void {
    const name = this.#cancels.length;
    const fire = (): void => {
      this.log.push({ name, atMs: this.#clock.now() });
      if (then?.type === 'set') this.set(then.delayMs);
      else if (then?.type === 'cancel') this.cancel(then.at);
    };
    this.#cancels.push(this.#clock.setTimer(fire, delayMs));
  }

  cancel(at: number): void {
    this.#cancels[at % Math.max(1, this.#cancels.length)]?.();
  }
}

/** An array in the order of setting, searched for the timer that is due first. */
class ModelClock implements Clock {
  #nowMs = 0;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  get armed(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): CancelTimer {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  move(byMs: number, isJump: boolean): void {
    const endMs = this.#nowMs + byMs;
    if (isJump) this.#nowMs = endMs;
    for (;;) {
      const [next] = this.#timers.filter(({ dueMs }) => dueMs <= endMs).toSorted((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
    }
    this.#nowMs = endMs;
  }
}

describe("a multiplexer's timers", () => {
  const nap = task(function* (ms: number) {
    yield* sleep(ms);
    return ms;
  });

  test('are one timer of its clock: sleeps, time-outs, deadlines and grace together', async () => {
    const clock = new ManualClock();
    await using multiplexer = new Multiplexer({ clock, graceMs: 50 });
    const stubborn = task(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(500);
      }
    });
    const limited = task(function* () {
      return yield* timeout(30, sleep(1_000));
    });
    const handles = [
      multiplexer.submit(nap(10)),
      multiplexer.submit(nap(1_000), { timeoutMs: 20, queueTimeoutMs: 5 }),
      multiplexer.submit(nap(1_000), { deadline: 25 }),
      multiplexer.submit(limited()),
      multiplexer.submit(stubborn()),
    ];
    await eventLoopTurn();
    expect(clock.timers).toBe(1);
    handles[4]?.cancel();
    const endMs: number[] = [];
    for (const [index, { result }] of handles.entries()) {
      result.then(
        () => (endMs[index] = clock.now()),
        () => (endMs[index] = clock.now()),
      );
    }
    for (let tick = 0; tick < 12; tick++) {
      clock.advance(5);
      await eventLoopTurn();
    }
    expect(endMs).toEqual([10, 20, 25, 30, 50]);
    expect(clock.timers).toBe(0);
  });

  test('can be shared by several', async () => {
    const beneath = new ManualClock();
    const clock = new TimerClock(beneath);
    const multiplexers = [new Multiplexer({ clock }), new Multiplexer({ clock })];
    expect(multiplexers.map((multiplexer) => multiplexer.clock)).toEqual([clock, clock]);
    const naps = multiplexers.map((multiplexer, index) => multiplexer.run(nap(10 + index)));
    await eventLoopTurn();
    expect(beneath.timers).toBe(1);
    beneath.advance(11);
    expect(await Promise.all(naps)).toEqual([10, 11]);
  });
});
