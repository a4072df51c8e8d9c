/** The progress values of one task as an async iterable. Values wait in order until they are read; reading ends when the task does. */

type Waiter = (result: IteratorResult<unknown>) => void;

export class ProgressStream implements AsyncIterable<unknown> {
  #values: unknown[] = [];
  #waiters: Waiter[] = [];
  #isEnded: boolean;

  constructor(isEnded: boolean) {
    this.#isEnded = isEnded;
  }

  push(value: unknown): void {
    // From an async function that was let go: its task has ended.
    if (this.#isEnded) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#values.push(value);
    else waiter({ done: false, value });
  }

  end(): void {
    this.#isEnded = true;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: () => {
        if (this.#values.length > 0) return Promise.resolve({ done: false, value: this.#values.shift() });
        if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => this.#waiters.push(resolve));
      },
    };
  }
}
