import type { PolicyFactory, QueuedTask, QueuePolicy } from '@heddle/multiplexer';

/** Takes turns between keys: a customer with a thousand calls does not hold up one with a single call. */
export const byTurns: PolicyFactory = () => new ByTurns();

class ByTurns<T extends QueuedTask> implements QueuePolicy<T> {
  readonly #lanes = new Map<string | undefined, Set<T>>();
  size = 0;

  push(task: T): void {
    this.#lanes.set(task.key, (this.#lanes.get(task.key) ?? new Set<T>()).add(task));
    this.size++;
  }

  pop(): T | undefined {
    const [lane = new Set<T>()] = this.#lanes.values();
    const [task] = lane;
    if (task === undefined || !this.delete(task)) return undefined;
    // To the back: this key's next turn comes after everybody else's.
    if (this.#lanes.delete(task.key)) this.#lanes.set(task.key, lane);
    return task;
  }

  delete(task: T): boolean {
    const lane = this.#lanes.get(task.key);
    if (lane?.delete(task) !== true) return false;
    if (lane.size === 0) this.#lanes.delete(task.key);
    this.size--;
    return true;
  }
}
