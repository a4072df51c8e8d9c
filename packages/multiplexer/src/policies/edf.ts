import type { PolicyFactory, QueuedTask, QueuePolicy } from './queue-policy.ts';
import { RankedHeap } from './ranked-heap.ts';

/**
 * The earliest `deadline` first; tasks without one come last, and equals first in, first out. If any order on one thread meets all
 * deadlines, this one does. A child has the deadline of its parent unless its own is earlier, and whoever is awaited, or holds
 * a lock that is, has the earliest deadline of those that wait.
 *
 * @remarks Every operation takes time logarithmic in the number of ready tasks. Not fair: while tasks with deadlines are ready,
 * those without one starve, and under overload it is not said which deadlines are missed.
 * @see Liu, Layland: Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment, Journal of the ACM 20 (1973)
 */
export function edf(): PolicyFactory {
  return <T extends QueuedTask>() => new Edf<T>();
}

class Edf<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #heap = new RankedHeap<T>();

  get size(): number {
    return this.#heap.size;
  }

  push(item: T): void {
    this.#heap.push(item, rankOf(item));
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
    this.#heap.rerank(item, rankOf(item));
  }
}

function rankOf({ deadline }: QueuedTask): number {
  return deadline === undefined ? -Infinity : -deadline;
}
