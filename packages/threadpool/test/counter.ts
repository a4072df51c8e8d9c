/** Counts in shared memory; the tasks' side is `count` of `fixtures/flags.js`. */

/** Only for the case of failure: every count that a passing test waits for is reached. */
const LIMIT_MS = 30_000;

type WaitAsync = (cells: Int32Array, index: number, value: number, timeoutMs: number) => { readonly value: string | Promise<string> };

// Not in the library of ES2023, but in every Node that is supported.
const { waitAsync } = Atomics as unknown as { readonly waitAsync: WaitAsync };

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
