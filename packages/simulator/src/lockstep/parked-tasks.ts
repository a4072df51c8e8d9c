/** The parked tasks of a simulator: whether the outside world can still wake one. */

import { breakDeadlock, waitsOutside, type Fiber, type Host } from '@heddle/core/engine';

export class ParkedTasks {
  readonly #host: Host;
  readonly #parked = new Set<Fiber>();
  /** Those that wait for something outside of virtual time: a promise, a task of another executor. */
  readonly #waitingOutside = new Set<Fiber>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether something outside of virtual time can wake a task. */
  get canWakeFromOutside(): boolean {
    return this.#waitingOutside.size > 0;
  }

  /** Notes that `fiber` parked. `hasTimer` tells a wait that a timer of virtual time ends. */
  add(fiber: Fiber, hasTimer: boolean): void {
    this.#parked.add(fiber);
    if (!hasTimer && waitsOutside(fiber, (host) => host === this.#host)) this.#waitingOutside.add(fiber);
  }

  delete(fiber: Fiber): void {
    this.#parked.delete(fiber);
    this.#waitingOutside.delete(fiber);
  }

  /**
   * Throws a `DeadlockError` into one task, so that it, and with it those that wait for it, can go on. Returns false when there is
   * none that can be woken. Call it only when nothing is ready, no timer is armed and nothing can wake a task from outside.
   */
  breakDeadlock(): boolean {
    return breakDeadlock(this.#parked) > 0;
  }
}
