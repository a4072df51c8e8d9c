/** Queues of other libraries, each imported only in the process of the subject that uses it. */

import type { Item, ItemQueue } from '../suites/policy-items.ts';

/** denque as a queue. */
export async function openDenqueAsQueue(): Promise<ItemQueue> {
  const { default: Denque } = await import('denque');
  const items = new Denque<Item>();
  return { push: (item) => void items.push(item), pop: () => items.shift() };
}

/** denque as a stack. */
export async function openDenqueAsStack(): Promise<ItemQueue> {
  const { default: Denque } = await import('denque');
  const items = new Denque<Item>();
  return { push: (item) => void items.push(item), pop: () => items.pop() };
}

/** An array as a stack. */
export async function openArrayAsStack(): Promise<ItemQueue> {
  const items: Item[] = [];
  return { push: (item) => void items.push(item), pop: () => items.pop() };
}

/** heap-js: the item for which `compare` gives less than for any other comes out first. */
export async function openHeap(compare: (a: Item, b: Item) => number): Promise<ItemQueue> {
  const { Heap } = await import('heap-js');
  const items = new Heap<Item>(compare);
  return { push: (item) => void items.push(item), pop: () => items.pop() };
}

/** What p-queue holds its jobs in. It takes functions, but never calls them itself. */
interface PriorityQueue {
  enqueue(run: Item, options: { readonly priority: number }): void;
  dequeue(): Item | undefined;
}

/**
 * The queue inside p-queue, which it does not export: its jobs are started with promises and timers, which would hide the queue.
 *
 * @param priority larger comes first
 */
export async function openPQueue(priority: (item: Item) => number): Promise<ItemQueue> {
  const module = (await import(new URL('./priority-queue.js', import.meta.resolve('p-queue')).href)) as { readonly default: new () => PriorityQueue };
  const items = new module.default();
  const push = (item: Item): void => {
    items.enqueue(item, { priority: priority(item) });
  };
  return {
    push,
    pop: () => items.dequeue(),
    // In the order in which they come out: anywhere but at the end, each push would move half of those that are there.
    fill: (ready) => {
      for (const item of ready.toSorted((a, b) => priority(b) - priority(a))) push(item);
    },
  };
}
