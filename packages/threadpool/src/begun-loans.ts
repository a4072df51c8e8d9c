/**
 * Which loans between two threads have begun, in memory that the two share: one cell for each direction, with the number of the
 * last loan that began. Loans begin in the order in which they were lent.
 *
 * Ordering: as for items (`occupancy-board.ts`), the borrower notes the loan and then looks for mail; a lender that recalls a loan
 * sends the message, puts mail, and then looks here.
 */

import { isUpTo } from './occupancy-board.ts';

/** Which of the two threads this is. */
export type Side = 0 | 1;

export class BegunLoans {
  readonly #cells: Int32Array;
  readonly #side: Side;

  constructor(memory: SharedArrayBuffer, side: Side) {
    this.#cells = new Int32Array(memory);
    this.#side = side;
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  }

  /** This side begins a loan of the other's. */
  begin(loan: number): void {
    Atomics.store(this.#cells, 1 - this.#side, loan);
  }

  /** Whether the other side has begun a loan of this side's. */
  hasBegun(loan: number): boolean {
    return isUpTo(loan, Atomics.load(this.#cells, this.#side));
  }
}
