/**
 * Tells the thread of a task which of the values that it has emitted were read, several at a time: half of those that may be under
 * way, so that the task can go on while the rest is read.
 */

import { MOST_WAITING } from '@heddle/core/engine';

export class Acknowledgements {
  readonly #send: (count: number) => void;
  #taken = 0;

  /** @param send tells the thread of so many values */
  constructor(send: (count: number) => void) {
    this.#send = send;
  }

  readonly taken = (): void => {
    if (++this.#taken < MOST_WAITING / 2) return;
    const count = this.#taken;
    this.#taken = 0;
    this.#send(count);
  };
}
