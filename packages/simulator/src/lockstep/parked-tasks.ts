/** The parked tasks of a simulator: whether the outside world can still wake one, and who is to blame when nothing can. */

import { DeadlockError } from '@heddle/core';
import { Fiber, Handle, type Host } from '@heddle/core/engine';
import { awaitedFibers } from './awaited.ts';

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
    if (!hasTimer && this.#waitsOutside(fiber)) this.#waitingOutside.add(fiber);
  }

  delete(fiber: Fiber): void {
    this.#parked.delete(fiber);
    this.#waitingOutside.delete(fiber);
  }

  #waitsOutside({ waitingFor }: Fiber): boolean {
    if (waitingFor instanceof Handle) return !(waitingFor instanceof Fiber && waitingFor.host === this.#host);
    return waitingFor !== null && waitingFor.isExternal;
  }

  /**
   * Throws a `DeadlockError` into one task of a circle of waiting ones (or into one that waits for what nothing can bring), so that
   * it, and with it those that wait for it, can go on. Returns false when there is no such task. Call it only when nothing is
   * ready, no timer is armed and nothing can wake a task from outside.
   */
  breakDeadlock(): boolean {
    for (const start of this.#parked) {
      const path = waitPath(start);
      const victim = path.at(-1);
      if (victim?.waitingFor?.withdraw(victim, false) !== true) continue;
      victim.resumeWithError(new DeadlockError(describeDeadlock(path, victim)));
      return true;
    }
    return false;
  }
}

/** Follows the waits from `start` to where they close a circle or end. The last task is the one whose wait closes it. */
function waitPath(start: Fiber): readonly Fiber[] {
  const path = new Set<Fiber>();
  for (let fiber: Fiber | undefined = start; fiber !== undefined && !path.has(fiber); [fiber] = awaitedFibers(fiber)) path.add(fiber);
  return [...path];
}

function describeDeadlock(path: readonly Fiber[], victim: Fiber): string {
  const [next] = awaitedFibers(victim);
  const circle = next === undefined ? path : path.slice(path.indexOf(next));
  const waits = circle.map((fiber) => `${fiber.name} waits for ${awaitedFibers(fiber)[0]?.name ?? fiber.waitingFor?.describe() ?? 'nothing'}`);
  return `Expected some task to be able to go on, but nothing can wake any of them: ${waits.join(', ')}`;
}
