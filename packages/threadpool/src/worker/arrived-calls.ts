/**
 * Calls from elsewhere that have not begun, strictly in the order of arrival (`occupancy-board.ts`): fibers, and runs of calls of which
 * nothing was made yet.
 */

import { systemClock } from '@heddle/core';
import { fifo } from '@heddle/multiplexer';
import { ArrivedRun } from './arrived-run.ts';
import type { RootFiber } from './root-fiber.ts';

/** Gives what steps for a call of the run, whose turn it is. */
export type TakeTurn = (run: ArrivedRun, index: number) => RootFiber;

export class ArrivedCalls {
  readonly #takeTurn: TakeTurn;
  readonly #queue = fifo()<RootFiber | ArrivedRun>({ clock: systemClock });
  /** The run of which calls have had their turn. */
  #current: ArrivedRun | null = null;

  constructor(takeTurn: TakeTurn) {
    this.#takeTurn = takeTurn;
  }

  /** 0 when there is none; else about how many there are, because a run counts as one until its turn. */
  get size(): number {
    return this.#queue.size + (this.#current === null ? 0 : this.#current.size);
  }

  push(calls: RootFiber | ArrivedRun): void {
    this.#queue.push(calls);
  }

  pop(): RootFiber | undefined {
    for (;;) {
      if (this.#current !== null) {
        const index = this.#current.take();
        if (index >= 0) return this.#takeTurn(this.#current, index);
        this.#current = null;
      }
      const next = this.#queue.pop();
      if (!(next instanceof ArrivedRun)) return next;
      this.#current = next;
    }
  }

  delete(fiber: RootFiber): boolean {
    return this.#queue.delete(fiber);
  }
}
