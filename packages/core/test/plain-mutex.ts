import type { Operation } from '@heddle/core';
import { operation, Waiting, type Fiber } from '@heddle/core/engine';

/** A lock for one, first come first served: as little as it takes to be one that urgency is inherited through. */
export class PlainMutex {
  holder: Fiber | null = null;
  readonly queue: Acquire[] = [];

  /** Takes the lock at once, if it is free, without any wait. */
  tryAcquire(fiber: Fiber): boolean {
    if (this.holder !== null) return false;
    this.holder = fiber;
    return true;
  }

  acquire(): Operation<void> {
    return operation(() => new Acquire(this));
  }

  release(): void {
    this.holder = null;
    this.queue.shift()?.take();
  }
}

class Acquire extends Waiting<void> {
  readonly #mutex: PlainMutex;
  #waiter: Fiber | null = null;

  constructor(mutex: PlainMutex) {
    super();
    this.#mutex = mutex;
  }

  describe(): string {
    return 'a mutex';
  }

  holders(): Iterable<Fiber> {
    return this.#mutex.holder === null ? [] : [this.#mutex.holder];
  }

  take(): void {
    this.#mutex.holder = this.#waiter;
    this.succeed();
  }

  protected arm(fiber: Fiber): void {
    this.#waiter = fiber;
    if (this.#mutex.holder === null) this.take();
    else this.#mutex.queue.push(this);
  }

  protected disarm(): void {
    this.#mutex.queue.splice(this.#mutex.queue.indexOf(this), 1);
  }
}
