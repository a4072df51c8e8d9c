import type { PolicyFactory, QueuedTask, QueuePolicy } from './queue-policy.ts';
import { TaskDeque } from './task-deque.ts';

/**
 * First in, first out: strict, and fair, because whoever steps goes to the back. The default.
 *
 * @remarks Every operation takes constant time on average.
 */
export function fifo(): PolicyFactory {
  return <T extends QueuedTask>() => new Fifo<T>();
}

class Fifo<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #tasks = new TaskDeque<T>();

  get size(): number {
    return this.#tasks.size;
  }

  push(item: T): void {
    this.#tasks.push(item);
  }

  pop(): T | undefined {
    return this.#tasks.takeOldest();
  }

  delete(item: T): boolean {
    return this.#tasks.delete(item);
  }
}
