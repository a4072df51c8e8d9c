/** Turns of a run loop that begin in a microtask, which is as soon as `submit` has returned its handle and its caller has let go. */

import type { AsyncScope } from './async-scope.ts';
import type { Fiber } from './fiber.ts';
import { engine } from './state.ts';
import { throwLater } from './throw-later.ts';

const RESOLVED = Promise.resolve();

/** Asks for turns one at a time: none may be requested while one is. */
export class Microturn {
  readonly #turn: () => void;
  /** The stores under which the turn will run, where they are known. */
  #scope: AsyncScope | null = null;

  constructor(turn: () => void) {
    this.#turn = turn;
  }

  /** Asks for a turn because `fiber` has become ready; `null` where none was made yet. */
  request(fiber: Fiber | null): void {
    // Both a microtask and a new root run under the stores of the moment, so this one enters what it is in already.
    this.#scope = fiber === null || fiber.hasStarted || fiber.parent !== null ? null : fiber.context.scope;
    // A job of a promise takes 30 ns where `queueMicrotask` takes 150.
    void RESOLVED.then(this.#run);
  }

  readonly #run = (): void => {
    const outerScope = engine.asyncScope;
    engine.asyncScope = this.#scope;
    this.#scope = null;
    try {
      this.#turn();
    } catch (error) {
      // Not the rejection of a promise that nobody has.
      throwLater(error);
    } finally {
      engine.asyncScope = outerScope;
    }
  };
}
