/** Guards: the proof that a task holds a lock, and the way to let go of it. */

import type { Fiber } from '../engine/fiber.ts';
import { engine } from '../engine/state.ts';
import { currentTaskName } from './current-task.ts';

/**
 * Holds a lock until it is released: by `using`, by {@link LockGuard.release}, or by the end of the scope that `use` has tied it to.
 *
 * @remarks The lock belongs to the task that awaited it, and only that task can release it. After its end anyone who has the guard
 * can, so `const [a, b] = yield* all([one.lock(), other.lock()])`, where a child of its own has taken each, gives guards that work.
 */
export interface LockGuard extends Disposable {
  /**
   * Releases the lock; the first task that waits for it has it at once.
   *
   * @throws {TypeError} when it was released before, or when another task than the holder calls
   */
  release(): void;
  /** Releases the lock, unless that was done before. */
  [Symbol.dispose](): void;
}

/** What a guard guards. */
export interface GuardedLock {
  readonly label: string;
  unlock(hold: Hold): void;
}

/** A guard as the lock sees it. */
export class Hold implements LockGuard {
  /** The holder. */
  readonly fiber: Fiber;
  readonly #lock: GuardedLock;
  #isReleased = false;

  constructor(lock: GuardedLock, fiber: Fiber) {
    this.#lock = lock;
    this.fiber = fiber;
  }

  release(): void {
    const { label } = this.#lock;
    if (this.#isReleased) throw new TypeError(`Expected a guard that holds ${label}, got one that was released before`);
    const holder = this.fiber;
    if (engine.fiber !== holder && holder.state !== 'complete') {
      throw new TypeError(`Expected ${label} to be released by task ${holder.name}, which holds it, got a release by ${currentTaskName()}`);
    }
    this.#isReleased = true;
    this.#lock.unlock(this);
  }

  [Symbol.dispose](): void {
    if (!this.#isReleased) this.release();
  }
}
