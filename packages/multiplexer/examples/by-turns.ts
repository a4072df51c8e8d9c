import type { PolicyFactory, QueuedTask, QueuePolicy } from '@heddle/multiplexer';

/** Takes turns between keys: a customer with a thousand calls does not hold up one with a single call. */
export const byTurns: PolicyFactory = <T extends QueuedTask>(): QueuePolicy<T> => {
  const lanes = new Map<string | undefined, Set<T>>();
  return {
    get size() {
      return [...lanes.values()].reduce((sum, lane) => sum + lane.size, 0);
    },
    push(task) {
      lanes.set(task.key, (lanes.get(task.key) ?? new Set()).add(task));
    },
    pop() {
      for (const [key, lane] of lanes) {
        lanes.delete(key);
        const [task] = lane;
        if (task === undefined) continue;
        lane.delete(task);
        lanes.set(key, lane); // to the back: this key's next turn comes after everybody else's
        return task;
      }
      return undefined;
    },
    delete: (task) => lanes.get(task.key)?.delete(task) ?? false,
  };
};
