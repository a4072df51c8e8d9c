/** Breaks deadlocks of an executor whenever it has nothing to do. */

import { requestHostTurn } from '../host-builtins.ts';
import { Standstill, type Stoppable } from './standstill.ts';

export class IdleCheck {
  readonly #executor: Stoppable;
  readonly #standstill = new Standstill();
  #isRequested = false;

  constructor(executor: Stoppable) {
    this.#executor = executor;
  }

  /** Looks after a turn of the event loop, so that whoever awaits a result outside can react before. */
  request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    requestHostTurn(this.#look);
  }

  readonly #look = (): void => {
    this.#isRequested = false;
    const stuck = this.#standstill.look([this.#executor], false);
    if (stuck !== null) this.#standstill.break(stuck, false);
  };

  /** All tasks have ended. */
  reset(): void {
    this.#standstill.reset();
  }
}
