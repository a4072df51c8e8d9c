/** A call that runs here for another thread, as a fiber that knows whom to tell. */

import type { TraceEventType } from '@heddle/core';
import type { TaskCall, Host, OnTaken } from '@heddle/core/engine';
import type { StreamName } from '../protocol.ts';
import type { Borrowed } from './borrowed-calls.ts';
import type { Peer } from './peer.ts';
import { RootFiber } from './root-fiber.ts';

export class BorrowedFiber extends RootFiber {
  readonly peer: Peer;
  readonly loan: Borrowed;

  constructor(host: Host, call: TaskCall, peer: Peer, loan: Borrowed) {
    super(host, call, loan.options, null);
    this.peer = peer;
    this.loan = loan;
    this.given = loan.heritage;
  }

  override get id(): string {
    return this.loan.traceId;
  }

  get ownerIncarnation(): number {
    return this.peer.incarnation;
  }

  get number(): number {
    return this.loan.loanId;
  }

  begin(): boolean {
    this.peer.borrowed.begin(this.loan.loanId);
    return true;
  }

  protected tellStarted(): void {
    this.peer.borrowed.tellStarted(this.loan.loanId);
  }

  tellOutput(stream: StreamName, text: string): boolean {
    this.peer.borrowed.tellOutput(this.loan.loanId, stream, text);
    return true;
  }

  override reportProgress(value: unknown, onTaken: OnTaken | null = null): void {
    this.peer.borrowed.tellProgress(this.loan.loanId, this.name, value, onTaken !== null);
  }

  override trace(type: TraceEventType, detail?: string): void {
    if (type === 'queued') super.trace('stolen');
    // If it ends before its first step, the lender tells.
    else if (this.hasStarted) super.trace(type, detail);
  }
}
