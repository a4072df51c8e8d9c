/** The tasks that have not ended, in order of arrival, linked through the tasks themselves: a burst allocates nothing for it. */

import type { PoolTask } from './pool-task.ts';

export class TaskList {
  #first: PoolTask | null = null;
  #last: PoolTask | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(task: PoolTask): void {
    this.#size++;
    task.previousInList = this.#last;
    if (this.#last === null) this.#first = task;
    else this.#last.nextInList = task;
    this.#last = task;
  }

  /** Invariant: `task` is in this list. */
  remove(task: PoolTask): void {
    this.#size--;
    const { previousInList, nextInList } = task;
    if (previousInList === null) this.#first = nextInList;
    else previousInList.nextInList = nextInList;
    if (nextInList === null) this.#last = previousInList;
    else nextInList.previousInList = previousInList;
    task.previousInList = null;
    task.nextInList = null;
  }

  *[Symbol.iterator](): Iterator<PoolTask> {
    for (let task = this.#first; task !== null; task = task.nextInList) yield task;
  }
}
