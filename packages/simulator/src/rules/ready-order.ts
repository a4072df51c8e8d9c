/** The orders in which ready tasks leave the queue of a parking rule. */

import { seededRandom } from '@heddle/core/engine';

/** A queue of ready tasks. */
export interface ReadyOrder<T> {
  push(item: T): void;
  take(): T | undefined;
  remove(item: T): void;
  /** The queue, head first, as it will be once `arriving` were pushed. */
  list(arriving: readonly T[]): readonly T[];
}

/** Below this many taken items, the front of a fifo queue is not worth cutting off. */
const LEAST_TO_CUT = 64;

export function fifoOrder<T>(): ReadyOrder<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  const waiting = (): T[] => items.slice(head) as T[];
  return {
    push: (item) => items.push(item),
    take() {
      if (head === items.length) return undefined;
      const item = items[head];
      items[head++] = undefined;
      if (head >= LEAST_TO_CUT && head * 2 >= items.length) {
        items = waiting();
        head = 0;
      }
      return item;
    },
    remove(item) {
      const index = items.indexOf(item, head);
      if (index >= 0) items.splice(index, 1);
    },
    list: (arriving) => [...waiting(), ...arriving],
  };
}

export function lifoOrder<T>(): ReadyOrder<T> {
  const items: T[] = [];
  return {
    push: (item) => items.push(item),
    take: () => items.pop(),
    remove(item) {
      const index = items.lastIndexOf(item);
      if (index >= 0) items.splice(index, 1);
    },
    list: (arriving) => [...items, ...arriving].reverse(),
  };
}

/** Any item, by a seeded generator; the list is in order of arrival. */
export function randomOrder<T>(seed: number): ReadyOrder<T> {
  const items: T[] = [];
  const random = seededRandom(seed);
  return {
    push: (item) => items.push(item),
    take: () => (items.length === 0 ? undefined : items.splice(Math.floor(random() * items.length), 1)[0]),
    remove(item) {
      const index = items.indexOf(item);
      if (index >= 0) items.splice(index, 1);
    },
    list: (arriving) => [...items, ...arriving],
  };
}
