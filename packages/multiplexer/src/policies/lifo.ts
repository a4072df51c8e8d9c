import type { PolicyFactory, QueuedTask, QueuePolicy } from './queue-policy.ts';
import { TaskDeque } from './task-deque.ts';

/**
 * Last in, first out: goes deep before it goes wide, so that trees of spawned tasks take little memory. Another thread is
 * given the oldest task, which stands for the most work (Cilk, rayon).
 *
 * @remarks Not fair: a task that gives up its turn is the newest and comes next again. Every operation takes constant time on
 * average.
 */
export function lifo(): PolicyFactory {
  return <T extends QueuedTask>() => new Lifo<T>();
}

class Lifo<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #tasks = new TaskDeque<T>();

  get size(): number {
    return this.#tasks.size;
  }

  push(item: T): void {
    this.#tasks.push(item);
  }

  pop(): T | undefined {
    return this.#tasks.takeNewest();
  }

  steal(): T | undefined {
    return this.#tasks.takeOldest();
  }

  delete(item: T): boolean {
    return this.#tasks.delete(item);
  }
}
