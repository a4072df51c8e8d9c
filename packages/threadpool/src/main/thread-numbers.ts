/** Numbers of threads: the smallest that is free, so that they name places on the boards and tracks in a trace. */

import { MOST_THREADS } from './thread-range.ts';

export class ThreadNumbers {
  readonly #taken = new Set<number>();

  /** Returns the smallest free number, from 1; `undefined` when none is left. */
  take(): number | undefined {
    for (let number = 1; number <= MOST_THREADS; number++) {
      if (this.#taken.has(number)) continue;
      this.#taken.add(number);
      return number;
    }
    return undefined;
  }

  giveBack(number: number): void {
    this.#taken.delete(number);
  }
}
