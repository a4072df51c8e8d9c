/**
 * What comes before a step: others see on the board whose task this thread steps, and a call from elsewhere begins only if nobody has
 * taken it back or cancelled it (`../DESIGN.md`).
 */

import type { Fiber, TaskDefinition } from '@heddle/core/engine';
import { Flags, type OwnOccupancy } from '../occupancy-board.ts';
import type { RootFiber } from './root-fiber.ts';

/** The agent, as far as it concerns beginnings. */
export interface BeginningAgent {
  readonly occupancy: OwnOccupancy;
  /** Sends what has ended. */
  settled(): void;
  /** Reads what has arrived, if something is among it that must not wait. */
  pollCancellation(): void;
  /** Reads what has come from the pool. */
  readPool(): void;
  /** Tells the pool that a call has begun since it asked. */
  tellBegun(): void;
}

export class Beginnings {
  readonly #agent: BeginningAgent;
  /** Stands for many calls, one after the other. */
  readonly #bare: RootFiber;
  /** The root of what steps now, as others see it; `null` when nothing does. */
  #occupant: Fiber | null = null;
  /** Tasks of which a call has begun here. */
  readonly #tried = new Set<TaskDefinition>();
  /** That of the call that began last. */
  #lastDefinition: TaskDefinition | null = null;

  constructor(agent: BeginningAgent, bare: RootFiber) {
    this.#agent = agent;
    this.#bare = bare;
  }

  /** @returns false if `fiber` must not step, because it is a call that has ended before it began */
  before(fiber: Fiber): boolean {
    const { root } = fiber;
    if (root !== this.#occupant || root === this.#bare) this.#occupy(root);
    return fiber !== root || fiber.hasStarted || this.#begin(fiber);
  }

  #occupy(root: Fiber): void {
    this.#occupant = root;
    // Only items and loans come to this thread from outside.
    const { ownerIncarnation, number } = root as RootFiber;
    this.#agent.occupancy.occupy(ownerIncarnation, number);
  }

  /** Nothing steps any more. */
  vacate(): void {
    this.#occupant = null;
    this.#agent.occupancy.vacate();
  }

  #begin(root: Fiber): boolean {
    if (root.definition !== this.#lastDefinition) this.#beginOther(root.definition);
    if (!(root as RootFiber).begin() && !this.#beginAfterFlags(root as RootFiber)) return false;
    this.#agent.pollCancellation();
    return root.state !== 'complete';
  }

  /** A task that has not run here before may end the thread. What others have come to by then is sent before. */
  #beginOther(definition: TaskDefinition): void {
    this.#lastDefinition = definition;
    if (this.#tried.has(definition)) return;
    this.#tried.add(definition);
    this.#agent.settled();
  }

  /** The pool has put a flag in the way of a call. @returns false if it has taken the call back */
  #beginAfterFlags(root: RootFiber): boolean {
    let isAsked = false;
    do {
      // Ordering: the flags are taken before the messages are read, so one that is put later is met at the next attempt.
      const flags = this.#agent.occupancy.takeFlags();
      if ((flags & Flags.Asked) !== 0) isAsked = true;
      if ((flags & Flags.Taken) !== 0) this.#agent.readPool();
    } while (root.state !== 'complete' && !root.begin());
    if (isAsked) this.#agent.tellBegun();
    return root.state !== 'complete';
  }
}
