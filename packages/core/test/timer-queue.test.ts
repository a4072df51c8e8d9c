import { TimerQueue } from '@heddle/core/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MILLION = 1_000_000;

interface Timer {
  readonly dueMs: number;
  readonly order: number;
}

/** The timers that a model, an array in order of setting, fires up to `nowMs`. */
function dueIn(model: readonly Timer[], nowMs: number): Timer[] {
  return model.filter(({ dueMs }) => dueMs <= nowMs).toSorted((a, b) => a.dueMs - b.dueMs);
}

function drain(queue: TimerQueue, nowMs: number): number {
  let count = 0;
  for (let fire = queue.takeDue(nowMs); fire !== undefined; fire = queue.takeDue(nowMs)) {
    fire();
    count++;
  }
  return count;
}

describe('a timer queue', () => {
  it('gives timers in order of time, and those of one moment in the order in which they were set', () => {
    const queue = new TimerQueue(0);
    const log: string[] = [];
    for (const [name, dueMs] of [['c', 5.5], ['d', 5.5], ['a', 5.25], ['e', 40_000], ['b', 5.25]] as const) queue.add(dueMs, () => log.push(name));
    expect(drain(queue, 5)).toBe(0);
    expect(drain(queue, 5.25)).toBe(2);
    expect(drain(queue, 1e9)).toBe(3);
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('gives what is set when the time has come to its millisecond already, in its place', () => {
    const queue = new TimerQueue(0);
    const log: string[] = [];
    queue.add(7.2, () => log.push('first'));
    queue.add(7.8, () => log.push('last'));
    expect(drain(queue, 7.3)).toBe(1);
    queue.add(7.8, () => log.push('after the last'));
    queue.add(7.5, () => log.push('between'));
    queue.add(3, () => log.push('overdue'));
    expect(queue.earliestMs).toBe(3);
    expect(drain(queue, 7.9)).toBe(4);
    expect(log).toEqual(['first', 'overdue', 'between', 'last', 'after the last']);
  });

  it('knows when the next one is due, without going there', () => {
    const queue = new TimerQueue(1_000);
    expect(queue.earliestMs).toBe(Infinity);
    queue.add(2 ** 45, () => {});
    expect(queue.earliestMs).toBe(2 ** 45);
    const cancel = queue.add(90_000.25, () => {});
    expect(queue.earliestMs).toBe(90_000.25);
    queue.add(90_000.75, () => {});
    queue.add(1_000, () => {});
    expect(queue.earliestMs).toBe(1_000);
    expect(drain(queue, 1_000)).toBe(1);
    expect(queue.earliestMs).toBe(90_000.25);
    cancel();
    // A lower bound now, until the time comes there.
    expect(queue.earliestMs).toBe(90_000.25);
    expect(drain(queue, 90_000.25)).toBe(0);
    expect(queue.earliestMs).toBe(90_000.75);
  });

  it('tells its owner when the last timer was cancelled, and not when it fired', () => {
    let emptied = 0;
    const queue = new TimerQueue(0, () => emptied++);
    const cancels = [queue.add(1, () => {}), queue.add(2, () => {})];
    cancels[0]?.();
    expect(emptied).toBe(0);
    cancels[1]?.();
    cancels[1]?.();
    expect(emptied).toBe(1);
    queue.add(3, () => {});
    expect(drain(queue, 3)).toBe(1);
    expect(emptied).toBe(1);
  });

  it('lets a stale cancel do nothing to the timer that has its place', () => {
    const queue = new TimerQueue(0);
    const stale = queue.add(1, () => {});
    stale();
    queue.add(2, () => {});
    const fired = queue.add(3, () => {});
    stale();
    expect(drain(queue, 3)).toBe(2);
    queue.add(4, () => {});
    fired();
    expect(queue.size).toBe(1);
  });

  it.each([2 ** 30, 2 ** 31, 2 ** 40, 2 ** 53, 1e300, Infinity])('takes timers that are due at %d', (dueMs) => {
    const queue = new TimerQueue(0);
    const log: string[] = [];
    queue.add(dueMs, () => log.push('far'));
    queue.add(10, () => log.push('near'));
    expect(drain(queue, 2 ** 29)).toBe(1);
    queue.add(2 ** 29 + 1, () => log.push('nearer'));
    expect(drain(queue, Infinity)).toBe(2);
    expect(log).toEqual(['near', 'nearer', 'far']);
  });

  it('behaves as an array that is sorted at each look', () => {
    // Near and far, at whole moments and between them, so that every level is used and many are due at one moment.
    const delayMs = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 12 }).map((quarters) => quarters / 4),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.integer({ min: 0, max: 2 ** 34 }),
      fc.constantFrom(31, 32, 33, 1_023, 1_024, 1_025, 2 ** 30 - 1, 2 ** 30, 2 ** 30 + 1, 2 ** 45),
    );
    const operation = fc.oneof(
      { weight: 6, arbitrary: fc.record({ type: fc.constant('set' as const), delayMs }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('cancel' as const), at: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('go on' as const), byMs: delayMs }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('take one' as const) }) },
    );
    const starts = fc.constantFrom(0, 0.5, 1_763_000_000_000.125, 2 ** 30 - 3, -7.5);
    fc.assert(
      fc.property(starts, fc.array(operation, { maxLength: 120, size: 'max' }), (startMs, operations) => {
        const queue = new TimerQueue(startMs);
        let nowMs = startMs;
        let order = 0;
        let model: Timer[] = [];
        let exactMs = true;
        const fired: Timer[] = [];
        const cancels = new Map<Timer, () => void>();
        for (const step of operations) {
          if (step.type === 'set') {
            const timer = { dueMs: nowMs + step.delayMs, order: order++ };
            model.push(timer);
            cancels.set(timer, queue.add(timer.dueMs, () => fired.push(timer)));
          } else if (step.type === 'cancel') {
            const [timer] = model.splice(step.at % Math.max(1, model.length), 1);
            if (timer !== undefined) cancels.get(timer)?.();
            exactMs = false;
          } else {
            const [first] = dueIn(model, Infinity);
            if (step.type === 'go on') nowMs += step.byMs;
            else nowMs = Math.max(nowMs, first?.dueMs ?? nowMs);
            const expected = step.type === 'go on' ? dueIn(model, nowMs) : dueIn(model, nowMs).slice(0, 1);
            fired.length = 0;
            if (step.type === 'go on') drain(queue, nowMs);
            else queue.takeDue(nowMs)?.();
            expect(fired).toEqual(expected);
            model = model.filter((timer) => !expected.includes(timer));
            if (step.type === 'go on') expect(queue.earliestMs).toBeGreaterThan(nowMs);
          }
          const nextMs = Math.min(...model.map(({ dueMs }) => dueMs));
          expect(queue.size).toBe(model.length);
          if (exactMs) expect(queue.earliestMs).toBe(nextMs);
          else expect(queue.earliestMs).toBeLessThanOrEqual(nextMs);
        }
        expect(queue.armed()).toEqual(dueIn(model, Infinity));
        drain(queue, Infinity);
        expect(queue.size).toBe(0);
        expect(queue.earliestMs).toBe(Infinity);
      }),
      { numRuns: 500 },
    );
  });

  it('sets, cancels and fires a million timers', () => {
    const queue = new TimerQueue(0);
    const fired: number[] = [];
    const cancels = Array.from({ length: MILLION }, (_, index) => {
      const dueMs = (index * 7_919) % 60_000;
      return queue.add(dueMs, () => fired.push(dueMs));
    });
    for (let index = 0; index < MILLION; index += 2) cancels[index]?.();
    expect(queue.size).toBe(MILLION / 2);
    expect(drain(queue, 60_000)).toBe(MILLION / 2);
    expect(fired.every((dueMs, index) => index === 0 || dueMs >= (fired[index - 1] as number))).toBe(true);
  });

  it('fires a million timers of one moment', () => {
    const queue = new TimerQueue(0);
    const fired: number[] = [];
    for (let index = 0; index < MILLION; index++) queue.add(1_000.5, () => fired.push(index));
    expect(drain(queue, 2_000)).toBe(MILLION);
    expect(fired.every((order, index) => order === index)).toBe(true);
  });
});
