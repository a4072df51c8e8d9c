/** Signals between this thread and tasks on other threads, without a sleep on either side. */

/** Only for the case of failure: every flag that a passing test waits for is raised. */
export const LIMIT_MS = 30_000;

type WaitAsync = (cells: Int32Array, index: number, value: number, timeoutMs: number) => { readonly value: string | Promise<string> };

// Not in the library of ES2023, but in every Node that is supported.
export const { waitAsync } = Atomics as unknown as { readonly waitAsync: WaitAsync };

/** A flag in shared memory: down at first, then raised for good. Its other side is in `fixtures/flags.js`. */
export class Flag {
  /** Give this to a task. */
  readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #cells = new Int32Array(this.memory);

  raise(): void {
    Atomics.store(this.#cells, 0, 1);
    Atomics.notify(this.#cells, 0);
  }

  get isRaised(): boolean {
    return Atomics.load(this.#cells, 0) === 1;
  }

  /** Settles when some thread raises the flag. */
  async raised(): Promise<void> {
    const outcome = await waitAsync(this.#cells, 0, 0, LIMIT_MS).value;
    if (outcome === 'timed-out') throw new Error('Expected a flag to be raised, got none in time');
  }
}

/** Makes flags. */
export function flags(count: number): Flag[] {
  return Array.from({ length: count }, () => new Flag());
}
