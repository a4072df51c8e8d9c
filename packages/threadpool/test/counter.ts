/** Counts in shared memory; the tasks' side is `count` of `fixtures/flags.js`. */

import { LIMIT_MS, waitAsync } from './flag.ts';

export class Counter {
  /** Give this to a task. */
  readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #cells = new Int32Array(this.memory);

  get value(): number {
    return Atomics.load(this.#cells, 0);
  }

  /** Settles when the count is at least `value`. */
  async reached(value: number): Promise<void> {
    for (let now = this.value; now < value; now = this.value) {
      const outcome = await waitAsync(this.#cells, 0, now, LIMIT_MS).value;
      if (outcome === 'timed-out') throw new Error(`Expected a count of ${value}, got ${now} in time`);
    }
  }
}
