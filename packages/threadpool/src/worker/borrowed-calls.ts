/** The calls that run on this thread for one other, and what that one is told of them. */

import type { Transferable } from 'node:worker_threads';
import { CancelledError } from '@heddle/core';
import { movedParts, type Heritage } from '@heddle/core/engine';
import { ToPeer, type PortableOptions, type StreamName } from '../protocol.ts';
import { findObstacle, serializationError } from '../serialization.ts';
import { addMoved } from '../transfer.ts';
import type { Cancellable } from './agent-batch.ts';
import type { Probe } from './deadlock-probes.ts';
import type { Peer, PeerHost } from './peer.ts';
import { portableError } from './portable-error.ts';
import { RootFiber } from './root-fiber.ts';

/** A call that another thread asks to run here. */
export interface Borrowed {
  readonly loanId: number;
  readonly taskId: string;
  readonly options: PortableOptions | undefined;
  readonly args: readonly unknown[];
  /** The id of the lender's fiber. */
  readonly traceId: string;
  readonly traceEpoch: number;
  /** What the call has from its parent, who stays with the lender. */
  readonly heritage: Heritage;
}

export class BorrowedCalls {
  readonly #peer: Peer;
  readonly #host: PeerHost;
  /** By the number of the loan. */
  readonly #calls = new Map<number, Cancellable>();

  constructor(peer: Peer, host: PeerHost) {
    this.#peer = peer;
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** Those that have become tasks here. */
  *fibers(): Iterable<RootFiber> {
    for (const call of this.#calls.values()) if (call instanceof RootFiber) yield call;
  }

  /** Notes what a recall of the loan cancels: first what waits for the module, then the fiber. */
  add(loanId: number, call: Cancellable): void {
    this.#calls.set(loanId, call);
  }

  /** The call runs: notes it where the lender looks. */
  begin(loanId: number): void {
    this.#peer.begun.begin(loanId);
  }

  // -- what the lender tells --

  recall(loanId: number, reason: unknown): void {
    this.#calls.get(loanId)?.cancel(reason);
    this.#host.settled();
  }

  taken(loanId: number, count: number): void {
    const call = this.#calls.get(loanId);
    if (call instanceof RootFiber) call.taken(count);
  }

  probed(loanId: number, probe: Probe): void {
    const call = this.#calls.get(loanId);
    if (call instanceof RootFiber) this.#host.probed(call, probe);
  }

  // -- what the lender is told --

  /** Tells what a call came to. */
  end(loanId: number, name: string, hasBegun: boolean, hasFailed: boolean, value: unknown): void {
    this.#calls.delete(loanId);
    if (this.#peer.isLost) return;
    if (hasFailed) this.#sendFailure(loanId, hasBegun, value);
    else {
      try {
        this.#sendValue([ToPeer.Ended, loanId, hasBegun, false, value], value);
      } catch (cause) {
        this.#sendFailure(loanId, hasBegun, serializationError(name, 'result', findObstacle('result', value, cause, movedParts(value))));
      }
    }
    // A lender that is busy reads it before its next step, an idle one is woken by the message.
    this.#host.putMail(this.#peer.thread);
  }

  #sendFailure(loanId: number, hasBegun: boolean, error: unknown): void {
    this.#peer.send([ToPeer.Ended, loanId, hasBegun, true, portableError(error)]);
  }

  tellStarted(loanId: number): void {
    this.#peer.send([ToPeer.Started, loanId]);
  }

  tellOutput(loanId: number, stream: StreamName, text: string): void {
    this.#peer.send([ToPeer.Output, loanId, stream, text]);
  }

  /** @throws {SerializationError} when the value cannot be copied */
  tellProgress(loanId: number, name: string, value: unknown, isEmitted: boolean): void {
    try {
      this.#sendValue([isEmitted ? ToPeer.Emitted : ToPeer.Progress, loanId, value], value);
    } catch (cause) {
      throw serializationError(name, 'progress', findObstacle('progress', value, cause, movedParts(value)), cause);
    }
  }

  /** What moves of the value is listed behind it, so that the other thread can move it on. */
  #sendValue(message: readonly unknown[], value: unknown): void {
    const parts = movedParts(value);
    if (parts === undefined) {
      this.#peer.send(message);
      return;
    }
    const transfer: Transferable[] = [];
    addMoved(transfer, value);
    this.#peer.send([...message, parts], transfer);
  }

  // -- when the other thread has died --

  /** Nobody waits for the calls any more. */
  lost(text: string): void {
    for (const call of this.#calls.values()) call.cancel(new CancelledError(`${text}, which had spawned the task`));
    this.#calls.clear();
  }
}
