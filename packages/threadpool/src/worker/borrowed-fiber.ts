/** A call that runs here for another thread, as a fiber that knows whom to tell. */

import { Fiber, type TaskCall, type Host } from '@heddle/core/engine';
import type { Borrowed, Peer } from './loans.ts';

export class BorrowedFiber extends Fiber {
  readonly peer: Peer;
  readonly loan: Borrowed;

  constructor(host: Host, call: TaskCall, peer: Peer, loan: Borrowed) {
    super(host, call, loan.options, null);
    this.peer = peer;
    this.loan = loan;
  }

  override get id(): string {
    return this.loan.traceId;
  }
}
