/** What stands in a queue when run queues are compared: items that look like tasks, and move on as tasks do. */

import type { QueuedTask } from '@heddle/multiplexer';

/** Priorities and deadlines are spread over so many values, so that equal ones occur but do not prevail. */
const SPREAD = 1_000_000;

/** Drawn in advance and used in turn: drawing would cost as much as a push. A power of two. */
const STEPS = 4_096;

/** Any start will do, as long as all subjects have the same. */
const SEED = 20_261_103;

/** An item of a queue. */
export interface Item extends QueuedTask {
  priority: number;
  deadline: number;
  /** Its place among all pushes. */
  sequence: number;
}

/** What is asked of a queue. */
export interface ItemQueue {
  push(item: Item): void;
  pop(): Item | undefined;
  /** Takes the first items, where pushing them one by one would take hours. @default pushes them */
  fill?(items: readonly Item[]): void;
}

/** Makes items, and moves them on. */
export class Items {
  /** In random order of priority and of deadline; the sooner one ends, the more urgent the other. */
  readonly ready: readonly Item[];
  /** The place of the item that was pushed last. */
  newest: number;
  readonly #steps: Int32Array;

  constructor(count: number) {
    const draw = numbersBelow(SPREAD);
    const now = Date.now();
    this.ready = Array.from({ length: count }, (_, sequence) => {
      const lateness = draw();
      return { name: 'item', priority: SPREAD - lateness, deadline: now + lateness, key: undefined, sequence };
    });
    this.newest = count - 1;
    this.#steps = Int32Array.from({ length: STEPS }, () => draw() + 1);
  }

  /** Makes an item less urgent, as if it were the next task of its kind: now it belongs somewhere behind. */
  advance(item: Item): void {
    const sequence = ++this.newest;
    // Invariant: the mask stays within the array.
    const step = this.#steps[sequence & (STEPS - 1)]!;
    item.sequence = sequence;
    item.priority -= step;
    item.deadline += step;
  }
}

/** A linear congruential generator, for the same numbers in every process. */
function numbersBelow(limit: number): () => number {
  let state = SEED;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
