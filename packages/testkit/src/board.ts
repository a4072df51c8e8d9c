/**
 * A board of counters in shared memory: how a test and its tasks tell one another how far they have come, on whichever thread
 * each of them runs. Nothing here measures time.
 */

type WaitResult = { readonly async: false; readonly value: string } | { readonly async: true; readonly value: Promise<string> };

/** Part of ES2024, and so not in the library that this project compiles against; Node has had it since version 16. */
const { waitAsync } = Atomics as unknown as { waitAsync(this: void, cells: Int32Array, cell: number, expected: number): WaitResult };

export class Board {
  /** What a task takes as its argument: shared, not copied. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** @param source how many counters a new board has, or the buffer of one that exists */
  constructor(source: number | SharedArrayBuffer) {
    this.buffer = typeof source === 'number' ? new SharedArrayBuffer(source * Int32Array.BYTES_PER_ELEMENT) : source;
    this.#cells = new Int32Array(this.buffer);
  }

  /** Counts one more in `cell`, wakes whoever waits for that, and returns the count before. */
  raise(cell: number): number {
    const before = Atomics.add(this.#cells, cell, 1);
    Atomics.notify(this.#cells, cell);
    return before;
  }

  read(cell: number): number {
    return Atomics.load(this.#cells, cell);
  }

  write(cell: number, value: number): void {
    Atomics.store(this.#cells, cell, value);
    Atomics.notify(this.#cells, cell);
  }

  /** Resolves when the count in `cell` is at least `count`. */
  async reached(cell: number, count = 1): Promise<void> {
    for (let seen = this.read(cell); seen < count; seen = this.read(cell)) {
      const wait = waitAsync(this.#cells, cell, seen);
      if (wait.async) await wait.value;
    }
  }

  /** Blocks the thread until the count in `cell` is at least `count`. For threads that others can wake only. */
  block(cell: number, count = 1): void {
    for (let seen = this.read(cell); seen < count; seen = this.read(cell)) Atomics.wait(this.#cells, cell, seen);
  }
}
