/** The progress values of one task as an async iterable. Values wait in order until they are read; reading ends when the task does. */

type Waiter = (result: IteratorResult<unknown>) => void;

/** Called once a value was taken by a reader, or dropped. */
export type OnTaken = () => void;

interface Entry {
  readonly value: unknown;
  readonly onTaken: OnTaken | null;
}

export class ProgressStream implements AsyncIterable<unknown> {
  #entries: Entry[] = [];
  #waiters: Waiter[] = [];
  #isEnded: boolean;
  #readers = 0;
  /** Whether every reader has stopped: then values are dropped until there is one again. */
  #isAbandoned = false;

  constructor(isEnded: boolean) {
    this.#isEnded = isEnded;
  }

  push(value: unknown, onTaken: OnTaken | null): void {
    // The task has ended: this is from an async function that was let go.
    if (this.#isEnded || this.#isAbandoned) {
      onTaken?.();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#entries.push({ value, onTaken });
    else {
      waiter({ done: false, value });
      onTaken?.();
    }
  }

  end(): void {
    this.#isEnded = true;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter({ done: true, value: undefined });
  }

  #next(): Promise<IteratorResult<unknown>> {
    const entry = this.#entries.shift();
    if (entry !== undefined) {
      entry.onTaken?.();
      return Promise.resolve({ done: false, value: entry.value });
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** A reader has stopped. Nobody is to wait for one that does not come. */
  #leave(): void {
    if (--this.#readers > 0) return;
    this.#isAbandoned = true;
    const entries = this.#entries;
    this.#entries = [];
    for (const { onTaken } of entries) onTaken?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.#readers++;
    this.#isAbandoned = false;
    let hasLeft = false;
    return {
      next: () => (hasLeft ? Promise.resolve({ done: true, value: undefined }) : this.#next()),
      return: () => {
        if (!hasLeft) this.#leave();
        hasLeft = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}
