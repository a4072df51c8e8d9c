/**
 * The simplest executor that is correct: every ready task in order of arrival, in one go, on the calling thread. It is the
 * reference that the conformance suite holds all others against.
 */

import { inContextOf } from './engine/carried-context.ts';
import type { Fiber } from './engine/fiber.ts';
import { LocalExecutor, type LocalExecutorOptions } from './engine/local-executor.ts';
import { Microturn } from './engine/microturn.ts';
import { step } from './engine/step.ts';

export type InlineExecutorOptions = LocalExecutorOptions;

/**
 * Runs calls on the calling thread, first in, first out, without giving the event loop a turn in between.
 *
 * @remarks Endless ready tasks starve timers and I/O. Use `@heddle/multiplexer` where that matters.
 * @example
 * ```ts
 * const executor = new InlineExecutor();
 * const sum = await executor.run(add(1, 2));
 * ```
 */
export class InlineExecutor extends LocalExecutor {
  #ready: Fiber[] = [];
  #isDraining = false;
  #isScheduled = false;
  readonly #turns = new Microturn(() => {
    this.#drain();
  });

  protected get isStepping(): boolean {
    return this.#isDraining;
  }

  enqueue(fiber: Fiber): void {
    this.#ready.push(fiber);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Not now: `submit` must return its handle before the first step.
    this.#turns.request(fiber);
  }

  dequeue(fiber: Fiber): void {
    const at = this.#ready.indexOf(fiber);
    if (at >= 0) this.#ready.splice(at, 1);
  }

  checkpoint(): boolean {
    return true;
  }

  #drain(): void {
    this.#isDraining = true;
    this.lookForListeners();
    for (let first = this.#ready[0]; first !== undefined; first = this.#ready[0]) inContextOf(first, this.#runTurn);
    this.#isDraining = false;
    this.#isScheduled = false;
    this.wentIdle();
  }

  /** Steps all that is ready now. Fibers that become ready meanwhile go into a new array, and have their turn after this one. */
  readonly #runTurn = (): void => {
    const turn = this.#ready;
    this.#ready = [];
    // A fiber that was cancelled before its turn has settled already.
    for (const fiber of turn) if (fiber.state === 'ready') step(fiber);
  };
}
