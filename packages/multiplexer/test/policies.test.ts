import { edf, fair, fifo, lifo, priority, random, type PolicyFactory, type QueuePolicy } from '@heddle/multiplexer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byTurns } from '../examples/by-turns.ts';
import { ManualClock } from './manual-clock.ts';
import { ArrivalModel, earliestDeadline, FairModel, item, mostUrgent, newest, oldest, RandomModel, type Item, type Model } from './policy-models.ts';

function drain(queue: QueuePolicy<Item>): Item[] {
  const items: Item[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) items.push(next);
  return items;
}

/** A power of two, so that model and policy compute levels without rounding. */
const AGING_MS = 4;

const SEED = 5;

/** Powers of two, so that sums of them are exact in any order. */
const weightOf = (key: string | undefined): number => (key === undefined ? 0.25 : key.charCodeAt(0) - 'a'.charCodeAt(0) || 0.5);

interface Checked {
  readonly name: string;
  readonly factory: PolicyFactory;
  readonly makeModel: () => Model;
}

const policies: Checked[] = [
  { name: 'fifo', factory: fifo(), makeModel: () => new ArrivalModel(oldest) },
  { name: 'lifo', factory: lifo(), makeModel: () => new ArrivalModel(newest, oldest) },
  { name: 'priority', factory: priority(), makeModel: () => new ArrivalModel(mostUrgent(Infinity)) },
  { name: 'priority with ageing', factory: priority({ agingMs: AGING_MS }), makeModel: () => new ArrivalModel(mostUrgent(AGING_MS)) },
  { name: 'edf', factory: edf(), makeModel: () => new ArrivalModel(earliestDeadline) },
  { name: 'fair', factory: fair(), makeModel: () => new FairModel(() => 1) },
  { name: 'fair with weights', factory: fair({ weight: weightOf }), makeModel: () => new FairModel(weightOf) },
  { name: 'random', factory: random(SEED), makeModel: () => new RandomModel(SEED) },
];

type Urgency = Pick<Item, 'priority' | 'deadline'>;

type Operation =
  | ({ type: 'push'; key: string | undefined } & Urgency)
  | { type: 'pop' }
  | { type: 'steal' }
  | { type: 'delete' | 'delete absent' | 'push again' | 'wait'; at: number }
  | ({ type: 'reprioritise' | 'reprioritise absent'; at: number } & Urgency);

const small = fc.nat({ max: 300 });
const urgency = { priority: fc.integer({ min: -3, max: 3 }), deadline: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }) };
const pushing = fc.record({ type: fc.constant('push' as const), key: fc.constantFrom(undefined, 'a', 'b', 'c', 'e'), ...urgency });
const popping: fc.Arbitrary<Operation> = fc.constantFrom({ type: 'pop' }, { type: 'steal' });
const pointing: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ type: fc.constantFrom('delete' as const, 'delete absent' as const, 'push again' as const, 'wait' as const), at: small }),
  fc.record({ type: fc.constantFrom('reprioritise' as const, 'reprioritise absent' as const), at: small, ...urgency }),
);

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

/** Does the same to a policy and to its model, and compares what they give. */
class Comparison {
  readonly #clock = new ManualClock();
  readonly #queue: QueuePolicy<Item>;
  readonly #model: Model;
  /** Items that have left. */
  readonly #gone: Item[] = [];

  constructor({ factory, makeModel }: Checked) {
    this.#queue = factory<Item>({ clock: this.#clock });
    this.#model = makeModel();
  }

  run(sequence: readonly Operation[]): void {
    for (const operation of sequence) {
      this.#apply(operation);
      expect(this.#queue.size).toBe(this.#model.size);
    }
    while (this.#model.size > 0) this.#apply({ type: 'pop' });
    expect(this.#queue.pop()).toBeUndefined();
  }

  #apply(operation: Operation): void {
    const queue = this.#queue;
    const model = this.#model;
    const nowMs = this.#clock.now();
    switch (operation.type) {
      case 'push':
        return this.#push(item({ priority: operation.priority, deadline: operation.deadline, key: operation.key }));
      case 'pop':
        return this.#left(queue.pop(), model.pop(nowMs));
      case 'steal':
        // Without a way of its own it is a pop.
        return queue.steal === undefined ? undefined : this.#left(queue.steal(), model.steal(nowMs));
      case 'wait':
        return this.#clock.advance(operation.at % 16);
      case 'push again':
        return this.#gone.splice(operation.at % Math.max(1, this.#gone.length), 1).forEach((one) => this.#push(one));
      case 'delete absent':
        return expect(queue.delete(this.#absent(operation.at))).toBe(false);
      case 'delete':
        return this.#delete(model.items[operation.at % Math.max(1, model.size)]);
      case 'reprioritise absent':
        return queue.reprioritise?.(this.#absent(operation.at));
      case 'reprioritise':
        return this.#reprioritise(model.items[operation.at % Math.max(1, model.size)], operation);
    }
  }

  #push(pushed: Item): void {
    pushed.queuedMs = this.#clock.now();
    this.#queue.push(pushed);
    this.#model.push(pushed);
  }

  #left(given: Item | undefined, expected: Item | undefined): void {
    expect(given).toBe(expected);
    if (given !== undefined) this.#gone.push(given);
  }

  #delete(deleted: Item | undefined): void {
    if (deleted === undefined) return;
    this.#model.delete(deleted);
    expect(this.#queue.delete(deleted)).toBe(true);
    this.#gone.push(deleted);
  }

  #reprioritise(changed: Item | undefined, to: Urgency): void {
    // What a policy cannot be told of does not change under it.
    if (changed === undefined || this.#queue.reprioritise === undefined) return;
    changed.priority = to.priority;
    changed.deadline = to.deadline;
    this.#queue.reprioritise(changed);
  }

  #absent(at: number): Item {
    return this.#gone[at % Math.max(1, this.#gone.length)] ?? item();
  }
}

describe.each(policies)('$name', (checked) => {
  const { factory } = checked;

  test('behaves as an array that is searched at each pop', () => {
    fc.assert(
      fc.property(operations, (sequence) => {
        new Comparison(checked).run(sequence);
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
    expect(drain(queue).map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([first.id, last.id]);
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

describe('edf', () => {
  test('puts the earliest deadline first and those without one last', () => {
    const queue = edf()<Item>({ clock: new ManualClock() });
    const [none, late, soon, alsoSoon, noneEither] = [undefined, 9, 3, 3, undefined].map((deadline) => item({ deadline, priority: 1 }));
    for (const one of [none, late, soon, alsoSoon, noneEither]) queue.push(one as Item);
    expect(drain(queue)).toEqual([soon, alsoSoon, late, none, noneEither]);
  });
});

describe('random', () => {
  const orderOf = (seed: number, count: number): number[] => {
    const queue = random(seed)<Item>({ clock: new ManualClock() });
    const items = Array.from({ length: count }, () => item());
    for (const one of items) queue.push(one);
    return drain(queue).map((one) => items.indexOf(one));
  };

  test('one seed gives one order, and seeds give different ones', () => {
    expect(orderOf(3, 50)).toEqual(orderOf(3, 50));
    expect(new Set([...Array(20).keys()].map((seed) => orderOf(seed, 50).join())).size).toBe(20);
  });

  test('all orders are as likely as each other', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 24_000; seed++) {
      const order = orderOf(seed, 4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    // 1,000 of each of the 24, give or take five standard deviations (31). The seeds are given, so this holds always or never.
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(155);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32, '5', undefined])('refuses a seed of %j and says what it expected', (seed) => {
    expect(() => random(seed as number)).toThrow(/Expected `seed` to be an integer of at least 0 and at most 4294967295, got/);
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
