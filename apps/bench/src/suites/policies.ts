import { systemClock } from '@heddle/core';
import type { PolicyFactory } from '@heddle/multiplexer';
import { defineSuite, nanosecondsEach, timed, type Execution, type Subject } from '../harness/index.ts';
import { openArrayAsStack, openDenqueAsQueue, openDenqueAsStack, openHeap, openPQueue } from '../peers/queues.ts';
import { Items, type Item, type ItemQueue } from './policy-items.ts';

const READY = 1_000_000;

/** Pops and pushes of one execution: some milliseconds for the fast queues, and tens for the slowest. */
const HOLDS = 20_000;
/** p-queue moves half of a million entries for each push into the middle. */
const SLOW_HOLDS = 20;
/** How many more are checked after each execution, off the clock. */
const CHECKED_HOLDS = 10;

/** Whether `next` may come out of a queue after `previous`, when the item at place `newest` was pushed last. */
type Order = (next: Item, previous: Item, newest: number) => boolean;

const oldestFirst: Order = (next, _previous, newest) => next.sequence === newest - READY + 1;
const newestFirst: Order = (next, _previous, newest) => next.sequence === newest;
const highestFirst: Order = (next, previous) => next.priority <= previous.priority;
const earliestFirst: Order = (next, previous) => next.deadline >= previous.deadline;

export const policies = defineSuite(import.meta, {
  id: 'policies',
  question: `What does it cost to take the next of ${READY.toLocaleString('en')} ready tasks out of a queue and to put it back?`,
  unit: 'ns per pop and push',
  lowerIsBetter: true,
  isSlow: true,
  subjects: [
    subject('heddle fifo', 'TaskDeque', oldestFirst, () => policy(({ fifo }) => fifo())),
    subject('denque queue', 'shift and push', oldestFirst, openDenqueAsQueue),
    subject('p-queue, one priority', 'its PriorityQueue alone, without promises', oldestFirst, () => openPQueue(() => 0)),
    subject('heddle lifo', 'TaskDeque', newestFirst, () => policy(({ lifo }) => lifo())),
    subject('denque stack', 'pop and push', newestFirst, openDenqueAsStack),
    subject('array stack', 'pop and push of an array: the least that a queue costs', newestFirst, openArrayAsStack),
    subject('heddle priority', 'RankedHeap; first in, first out among equals', highestFirst, () => policy(({ priority }) => priority())),
    subject('heap-js', 'a binary heap, in no order among equals', highestFirst, () => openHeap((a, b) => b.priority - a.priority)),
    subject('heddle edf', 'RankedHeap; first in, first out among equals', earliestFirst, () => policy(({ edf }) => edf())),
    subject('heap-js, deadlines', 'a binary heap, in no order among equals', earliestFirst, () => openHeap((a, b) => a.deadline - b.deadline)),
    subject('p-queue, all priorities', `its PriorityQueue alone, without promises; ${SLOW_HOLDS} times only`, highestFirst, () => openPQueue((item) => item.priority), SLOW_HOLDS),
  ],
  ratios: [
    { name: 'heddle fifo / denque time', numerator: 'heddle fifo', denominator: 'denque queue' },
    { name: 'heddle fifo / p-queue time', numerator: 'heddle fifo', denominator: 'p-queue, one priority' },
    { name: 'heddle lifo / denque time', numerator: 'heddle lifo', denominator: 'denque stack' },
    { name: 'heddle priority / heap-js time', numerator: 'heddle priority', denominator: 'heap-js' },
    { name: 'heddle edf / heap-js time', numerator: 'heddle edf', denominator: 'heap-js, deadlines' },
    { name: 'heddle priority / p-queue time', numerator: 'heddle priority', denominator: 'p-queue, all priorities' },
    { name: 'heddle edf / p-queue time', numerator: 'heddle edf', denominator: 'p-queue, all priorities' },
  ],
});

function subject(name: string, note: string, order: Order, open: () => Promise<ItemQueue>, holds = HOLDS): Subject {
  return { name, note, setup: async () => holding(await open(), order, holds) };
}

async function policy(choose: (policies: typeof import('@heddle/multiplexer')) => PolicyFactory): Promise<ItemQueue> {
  const factory = choose(await import('@heddle/multiplexer'));
  return factory<Item>({ clock: systemClock });
}

/**
 * Fills a queue once; each execution then takes out items and puts each back somewhat further on, so that the queue stays as full
 * and as mixed as it is (the "hold" model of the literature on priority queues).
 */
function holding(queue: ItemQueue, order: Order, holds: number): Execution {
  const items = new Items(READY);
  if (queue.fill === undefined) for (const item of items.ready) queue.push(item);
  else queue.fill(items.ready);
  return timed({
    operations: holds,
    as: nanosecondsEach,
    work: () => {
      hold(queue, items, holds);
    },
    check: () => {
      checkOrder(queue, items, order);
    },
  });
}

function hold(queue: ItemQueue, items: Items, times: number): void {
  for (let time = 0; time < times; time++) {
    // Invariant: as many items go in as come out.
    const item = queue.pop()!;
    items.advance(item);
    queue.push(item);
  }
}

/** @throws {Error} when items come out in a wrong order */
function checkOrder(queue: ItemQueue, items: Items, order: Order): void {
  let previous: Item | undefined;
  for (let time = 0; time < CHECKED_HOLDS; time++) {
    const next = queue.pop();
    if (next === undefined) throw new Error('Expected a full queue, got an empty one');
    if (!order(next, previous ?? next, items.newest)) {
      throw new Error(`Expected an item that may follow ${JSON.stringify(previous)}, got ${JSON.stringify(next)}`);
    }
    previous = { ...next };
    items.advance(next);
    queue.push(next);
  }
}
