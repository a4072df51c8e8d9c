import { fifo, lifo, priority, type PolicyFactory, type QueuedTask, type QueuePolicy } from '@heddle/multiplexer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byTurns } from '../examples/by-turns.ts';
import { ManualClock } from './manual-clock.ts';

interface Item extends QueuedTask {
  readonly id: number;
  queuedMs: number;
}

let nextId = 0;
function item(of: Partial<QueuedTask> = {}): Item {
  const id = nextId++;
  return { id, name: `item ${id}`, priority: 0, deadline: undefined, key: undefined, queuedMs: 0, ...of };
}

function drain(queue: QueuePolicy<Item>): Item[] {
  const items: Item[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) items.push(next);
  return items;
}

/** A power of two, so that model and policy compute levels without rounding. */
const AGING_MS = 4;

/** Index of the item that a model (an array in order of arrival) lets go first. */
type Choice = (model: readonly Item[], nowMs: number) => number;

const oldest: Choice = () => 0;
const newest: Choice = (model) => model.length - 1;
const mostUrgent =
  (agingMs: number): Choice =>
  (model, nowMs) => {
    const levels = model.map((waiting) => waiting.priority + (nowMs - waiting.queuedMs) / agingMs);
    return levels.indexOf(Math.max(...levels));
  };

const models: { name: string; factory: PolicyFactory; choose: Choice }[] = [
  { name: 'fifo', factory: fifo(), choose: oldest },
  { name: 'lifo', factory: lifo(), choose: newest },
  { name: 'priority', factory: priority(), choose: mostUrgent(Infinity) },
  { name: 'priority with ageing', factory: priority({ agingMs: AGING_MS }), choose: mostUrgent(AGING_MS) },
];

type Operation = { type: 'push'; priority: number } | { type: 'pop' } | { type: 'steal' } | { type: 'delete' | 'delete absent' | 'push again' | 'wait'; at: number };

const small = fc.nat({ max: 300 });
const pushing = fc.record({ type: fc.constant('push' as const), priority: fc.integer({ min: -3, max: 3 }) });
const popping: fc.Arbitrary<Operation> = fc.constantFrom({ type: 'pop' }, { type: 'steal' });
const pointing = fc.record({ type: fc.constantFrom('delete' as const, 'delete absent' as const, 'push again' as const, 'wait' as const), at: small });

/** Phases of growing, shrinking and cancelling, so that rings wrap around while they are full and while they are nearly empty. */
const operations = fc
  .array(
    fc.oneof(
      fc.array(pushing, { maxLength: 40 }),
      fc.array(popping, { maxLength: 40 }),
      fc.array(pointing, { maxLength: 20 }),
      fc.array(fc.oneof(pushing, popping, pointing), { maxLength: 40 }),
    ),
    { maxLength: 20, size: 'max' },
  )
  .map((phases) => phases.flat());

function checkAgainstModel(factory: PolicyFactory, choose: Choice, sequence: readonly Operation[]): void {
  const clock = new ManualClock();
  const queue = factory<Item>({ clock });
  const model: Item[] = [];
  const gone: Item[] = [];
  const put = (next: Item): void => {
    next.queuedMs = clock.now();
    queue.push(next);
    model.push(next);
  };
  const take = (taken: Item | undefined, at: number): void => {
    const [expected] = model.splice(at, 1);
    expect(taken).toBe(expected);
    if (expected !== undefined) gone.push(expected);
  };
  for (const operation of sequence) {
    if (operation.type === 'push') put(item({ priority: operation.priority }));
    else if (operation.type === 'pop') take(queue.pop(), choose(model, clock.now()));
    else if (operation.type === 'steal') {
      if (queue.steal !== undefined) take(queue.steal(), 0);
    } else if (operation.type === 'wait') clock.advance(operation.at % 16);
    else if (operation.type === 'push again') {
      if (gone.length > 0) gone.splice(operation.at % gone.length, 1).forEach(put);
    } else if (operation.type === 'delete absent') {
      expect(queue.delete(gone[operation.at % gone.length] ?? item())).toBe(false);
    } else if (model.length > 0) {
      const [removed] = model.splice(operation.at % model.length, 1);
      expect(removed !== undefined && queue.delete(removed)).toBe(true);
      gone.push(...[removed].filter((one) => one !== undefined));
    }
    expect(queue.size).toBe(model.length);
  }
  while (model.length > 0) take(queue.pop(), choose(model, clock.now()));
  expect(queue.pop()).toBeUndefined();
}

describe.each(models)('$name', ({ factory, choose }) => {
  test('behaves as an array that is searched at each pop', () => {
    fc.assert(
      fc.property(operations, (sequence) => {
        checkAgainstModel(factory, choose, sequence);
      }),
      { numRuns: 200 },
    );
  });

  test('lets a hundred thousand items be deleted from anywhere', () => {
    const queue = factory<Item>({ clock: new ManualClock() });
    const items = Array.from({ length: 100_000 }, () => item());
    for (const one of items) queue.push(one);
    for (const one of items) if (one !== items[70_000]) queue.delete(one);
    expect(queue.size).toBe(1);
    expect(drain(queue)).toEqual([items[70_000]]);
  });

  test('goes on after a burst was drained', () => {
    const queue = factory<Item>({ clock: new ManualClock() });
    for (let round = 0; round < 3; round++) {
      const items = Array.from({ length: 5_000 }, () => item());
      for (const one of items) queue.push(one);
      expect(drain(queue)).toHaveLength(5_000);
      expect(queue.size).toBe(0);
    }
  });

  test('keeps its order while items are added and deleted behind a waiting one', () => {
    const queue = factory<Item>({ clock: new ManualClock() });
    const first = item();
    const last = item();
    queue.push(first);
    for (let round = 0; round < 10_000; round++) {
      const passing = item();
      queue.push(passing);
      expect(queue.delete(passing)).toBe(true);
    }
    queue.push(last);
    expect(drain(queue).map(({ id }) => id).sort((a, b) => a - b)).toEqual([first.id, last.id]);
  });
});

describe('priority', () => {
  test('puts a task of low priority first once it has waited long enough', () => {
    const clock = new ManualClock();
    const queue = priority({ agingMs: 100 })<Item>({ clock });
    const low = item({ priority: 0 });
    queue.push(low);
    clock.advance(250);
    const two = item({ priority: 2 });
    const three = item({ priority: 3 });
    queue.push(two);
    queue.push(three);
    expect(drain(queue)).toEqual([three, low, two]);
  });

  test.each([0, -1, Number.NaN, '5'])('refuses agingMs of %j and says what it expected', (agingMs) => {
    expect(() => priority({ agingMs: agingMs as number })).toThrow(/Expected `agingMs` to be a number above 0/);
  });
});

test('a policy of twenty lines takes turns between keys', () => {
  const queue = byTurns<Item>({ clock: new ManualClock() });
  const items = ['a', 'a', 'a', 'b', undefined, 'b'].map((key) => item({ key }));
  for (const one of items) queue.push(one);
  const [, deleted] = items;
  expect(deleted !== undefined && queue.delete(deleted)).toBe(true);
  expect(drain(queue).map(({ key }) => key)).toEqual(['a', 'b', undefined, 'a', 'b']);
  expect(queue.size).toBe(0);
});
