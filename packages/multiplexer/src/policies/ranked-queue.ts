import type { QueuedTask, QueuePolicy } from './queue-policy.ts';
import { RankedHeap } from './ranked-heap.ts';

/** What the policies that go by urgency are made of: the highest rank first, and first in, first out among equals. */
export class RankedQueue<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #heap = new RankedHeap<T>();
  readonly #levelOf: (task: QueuedTask) => number;
  readonly #bonus: (() => number) | undefined;

  /**
   * @param levelOf how urgent a task is, asked when it is pushed and when that has changed
   * @param bonus what is added to that for a task that is pushed now, for as long as it waits
   */
  constructor(levelOf: (task: QueuedTask) => number, bonus?: () => number) {
    this.#levelOf = levelOf;
    this.#bonus = bonus;
  }

  get size(): number {
    return this.#heap.size;
  }

  push(item: T): void {
    this.#heap.push(item, this.#levelOf(item), this.#bonus?.());
  }

  pop(): T | undefined {
    return this.#heap.pop();
  }

  /** The most urgent one: a thread that has nothing else to do begins with it at once. */
  steal(): T | undefined {
    return this.#heap.pop();
  }

  delete(item: T): boolean {
    return this.#heap.delete(item);
  }

  reprioritise(item: T): void {
    this.#heap.rerank(item, this.#levelOf(item));
  }
}
