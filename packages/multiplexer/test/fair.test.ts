import { fair, type FairOptions, type QueuePolicy } from '@heddle/multiplexer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { item, type Item } from './policy-models.ts';

function queueOf<F>(options?: FairOptions<F>): QueuePolicy<Item> {
  return fair(options)<Item>({ clock: new ManualClock() });
}

function push(queue: QueuePolicy<Item>, key: string | undefined, count: number): void {
  for (let at = 0; at < count; at++) queue.push(item({ key }));
}

/** The keys of the next so many items. */
function popKeys(queue: QueuePolicy<Item>, count: number): string {
  return Array.from({ length: count }, () => queue.pop()?.key ?? '-').join('');
}

describe('fair', () => {
  test('takes turns between keys, however many tasks each has', () => {
    const queue = queueOf();
    push(queue, 'a', 100);
    push(queue, 'b', 2);
    push(queue, undefined, 1);
    expect(popKeys(queue, 7)).toBe('ab-abaa');
  });

  test('gives each flow a share by its weight, evenly mixed', () => {
    const queue = queueOf({ weight: (key) => (key === 'a' ? 3 : 1) });
    push(queue, 'b', 100);
    push(queue, 'a', 100);
    const keys = popKeys(queue, 80);
    expect(keys.replaceAll('b', '')).toHaveLength(60);
    for (let at = 0; at < 80; at += 8) expect(keys.slice(at, at + 8).replaceAll('a', '')).toHaveLength(2);
  });

  test('groups by anything that is told', () => {
    const queue = queueOf({ by: ({ priority }) => priority > 0, weight: (isUrgent) => (isUrgent ? 2 : 1) });
    const items = [1, 0, 2, 0, 3, 4].map((level) => item({ priority: level, key: level > 0 ? 'u' : 'n' }));
    for (const one of items) queue.push(one);
    expect(popKeys(queue, 6)).toBe('unuunu');
  });

  test('gives a flow that was idle no more for it', () => {
    const queue = queueOf();
    push(queue, 'a', 1);
    push(queue, 'b', 2_000);
    popKeys(queue, 1_000);
    push(queue, 'a', 100);
    expect(popKeys(queue, 100).replaceAll('b', '')).toHaveLength(50);
  });

  test('keeps no flow waiting behind new ones that never end', () => {
    const queue = queueOf();
    push(queue, 'old', 100);
    let served = 0;
    for (let round = 0; round < 1_000; round++) {
      push(queue, `new ${round}`, 2);
      if (queue.pop()?.key === 'old') served++;
    }
    // At round n, about n flows are waiting that have had less.
    expect(served).toBeGreaterThanOrEqual(5);
  });

  test('does not let a flow get ahead by leaving and coming back', () => {
    const queue = queueOf({ weight: (key) => (key === 'busy' ? 3 : 1) });
    push(queue, 'busy', 300);
    const waiting = item({ key: 'single' });
    queue.push(waiting);
    let steps = 0;
    for (let turn = 0; turn < 200; turn++) {
      const next = queue.pop();
      if (next !== waiting) continue;
      steps++;
      queue.push(waiting);
    }
    expect(steps).toBe(50);
  });

  test('forgets flows that have had their turn', () => {
    const asked: (string | undefined)[] = [];
    const queue = queueOf({ weight: (key: string | undefined) => asked.push(key) && 1 });
    for (const key of ['a', 'b', 'c', 'a']) {
      push(queue, key, 1);
      expect(popKeys(queue, 2)).toBe(`${key}-`);
    }
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  test('deletes a task of which the flow has another name by now', () => {
    let tier = 'free';
    const queue = queueOf({ by: () => tier });
    const [first, second] = [item(), item()];
    queue.push(first);
    tier = 'paying';
    queue.push(second);
    expect(queue.delete(first)).toBe(true);
    expect(queue.delete(first)).toBe(false);
    expect(queue.pop()).toBe(second);
    expect(queue.size).toBe(0);
  });

  test('holds up no flow after one of a huge weight, beside which the others vanish in rounding', () => {
    const queue = queueOf({ weight: (key) => (key === 'huge' ? 1e20 : 1e-3) });
    push(queue, 'huge', 10);
    push(queue, 'a', 20);
    push(queue, 'b', 20);
    expect(popKeys(queue, 20).replaceAll('huge', '')).toMatch(/^(ab|ba){5}$/);
    push(queue, 'c', 5);
    // 30 of the others are left.
    expect(popKeys(queue, 30).replaceAll(/[ab]/g, '')).toBe('ccccc');
  });

  /** Pops so often, pushing each item again or another in its place, and gives how far each flow came from its share at most. */
  function farthest(queue: QueuePolicy<Item>, weights: readonly number[], pops: number): number {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const counts = weights.map(() => 0);
    let worst = 0;
    for (let pop = 1; pop <= pops; pop++) {
      const next = queue.pop() ?? item();
      counts[next.priority]! += 1; // Invariant: flows are named by their index.
      queue.push(next);
      worst = Math.max(worst, ...weights.map((weight, flow) => Math.abs((counts[flow] ?? 0) - (pop * weight) / sum)));
    }
    return worst;
  }

  const weights = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 12 }),
    fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 2, maxLength: 12 }),
  );
  const flowQueue = (shares: readonly number[]): QueuePolicy<Item> => queueOf({ by: ({ priority }) => priority, weight: (flow) => shares[flow] ?? 1 });
  /** For rounding errors. */
  const EPSILON = 1e-6;

  test('gives each flow its share of the steps at any time, give or take one, whether it has one task or more', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 3 }), (shares, tasks) => {
        const queue = flowQueue(shares);
        for (const flow of shares.keys()) for (let at = 0; at < tasks; at++) queue.push(item({ priority: flow }));
        expect(farthest(queue, shares, 500)).toBeLessThanOrEqual(1 + EPSILON);
      }),
      { numRuns: 200 },
    );
  });

  test('does so too after flows have come and gone', () => {
    const rounds = fc.array(fc.record({ flow: fc.nat({ max: 11 }), tasks: fc.nat({ max: 6 }), pops: fc.nat({ max: 12 }) }), { maxLength: 40 });
    fc.assert(
      fc.property(weights, rounds, (shares, program) => {
        const queue = flowQueue(shares);
        for (const { flow, tasks, pops } of program) {
          for (let at = 0; at < tasks; at++) queue.push(item({ priority: flow % shares.length }));
          for (let at = 0; at < pops; at++) queue.pop();
        }
        for (const flow of shares.keys()) queue.push(item({ priority: flow }));
        // One for where each is at the start, and one for where it is later.
        expect(farthest(queue, shares, 500)).toBeLessThanOrEqual(2 + EPSILON);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    [{ by: 'key' }, 'Expected `by` to be a function, got the string \'key\''],
    [{ weight: 3 }, 'Expected `weight` to be a function, got the number 3'],
  ])('refuses %j and says what it expected', (options, message) => {
    expect(() => fair(options as never)).toThrow(new TypeError(message));
  });

  test.each([0, -1, Infinity, Number.NaN, '2', undefined])('refuses a weight of %j and says what it expected', (weight) => {
    const queue = queueOf({ weight: () => weight as number });
    expect(() => queue.push(item({ key: 'a' }))).toThrow(/^Expected `weight` of the flow the string 'a' to be a finite number above 0, got/);
    expect(queue.size).toBe(0);
    expect(queue.pop()).toBeUndefined();
  });
});
