/** The calls that this thread has lent to one other. The fiber of each waits for the outcome; everything else about it stays at home. */

import type { Transferable } from 'node:worker_threads';
import { systemClock, TaskTimeoutError, WorkerLostError, type CallOptions, type CancelledError, type CancelTimer } from '@heddle/core';
import { carriedHere, decodeThrown, hasInputs, inContextOf, isInput, type EncodedThrown, type Fiber, type RemoteRun } from '@heddle/core/engine';
import { Acknowledgements } from '../acknowledgements.ts';
import { ANSWER_MARGIN_MS } from '../grace.ts';
import { abandonInputs, exportInputs } from '../input-ports.ts';
import { portableOptions, ToPeer, type PortableOptions, type StreamName } from '../protocol.ts';
import { addTransfer } from '../transfer.ts';
import type { LentCall, Probe } from './deadlock-probes.ts';
import type { Peer, PeerHost } from './peer.ts';
import { portableError } from './portable-error.ts';
import { Portions } from './portions.ts';

interface Lent {
  readonly fiber: Fiber;
  /** Set once it was recalled. */
  cancelError: CancelledError | null;
  cancelRunTimer: CancelTimer | null;
  cancelOverdueTimer: CancelTimer | null;
  acknowledgements: Acknowledgements | null;
}

/** What a fiber whose call was lent has in place of a run. */
export class Loan implements RemoteRun, LentCall {
  readonly cancel: (error: CancelledError) => void;
  readonly probe: (probe: Probe) => void;

  constructor(cancel: (error: CancelledError) => void, probe: (probe: Probe) => void) {
    this.cancel = cancel;
    this.probe = probe;
  }
}

export class LentCalls {
  readonly #peer: Peer;
  readonly #host: PeerHost;
  /** By the number of the loan. */
  readonly #calls = new Map<number, Lent>();
  /** How many calls to lend at once. */
  readonly portions = new Portions();

  constructor(peer: Peer, host: PeerHost) {
    this.#peer = peer;
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /**
   * Sends the call of an unstarted fiber.
   *
   * @throws what the structured clone throws when its arguments cannot be copied
   */
  lend(fiber: Fiber): void {
    const loanId = this.#host.nextLoanId();
    const { definition, call } = fiber;
    // Invariant: only fibers that have not started are lent.
    const args = [...call!.args];
    const transfer: Transferable[] = [];
    addTransfer(transfer, fiber.options);
    const inputs = hasInputs() ? exportInputs(args, 0, transfer) : [];
    try {
      this.#peer.send([ToPeer.Lend, loanId, definition.id, portableOptions(optionsOf(fiber)), args, fiber.id, this.#host.traceEpoch, fiber.given, inputs], transfer);
    } catch (error) {
      abandonInputs(args, inputs);
      throw error;
    }
    const lent: Lent = { fiber, cancelError: null, cancelRunTimer: null, cancelOverdueTimer: null, acknowledgements: null };
    this.#calls.set(loanId, lent);
    this.portions.lent();
    fiber.remote = new Loan(
      (error) => {
        this.#recall(loanId, lent, error);
      },
      (probe) => {
        this.#peer.send([ToPeer.Probe, loanId, probe]);
      },
    );
  }

  #recall(loanId: number, lent: Lent, error: CancelledError): void {
    const { thread, begun } = this.#peer;
    lent.cancelError = error;
    this.#peer.send([ToPeer.Recall, loanId, portableError(error)]);
    this.#host.putMail(thread);
    if (begun.hasBegun(loanId)) {
      this.#watch(loanId, lent, this.#host.graceMs + ANSWER_MARGIN_MS);
    } else {
      // It never will: the thread reads the recall before it begins another call.
      this.#forget(loanId, lent);
      lent.fiber.settle(true, error);
    }
  }

  /** The thread may be stuck in the call, and with it everybody who waits for it. */
  #watch(loanId: number, lent: Lent, delayMs: number): void {
    lent.cancelOverdueTimer = systemClock.setTimer(() => {
      this.#watch(loanId, lent, ANSWER_MARGIN_MS);
      this.#host.overdue(this.#peer, loanId);
    }, delayMs);
  }

  // -- what the borrower tells --

  /** Watches the time of a call on this side too, because the other thread may get stuck in it. */
  started(loanId: number): void {
    const lent = this.#calls.get(loanId);
    const timeoutMs = lent?.fiber.options?.timeoutMs;
    if (lent === undefined || timeoutMs === undefined) return;
    lent.cancelRunTimer = systemClock.setTimer(() => {
      lent.fiber.cancel(new TaskTimeoutError(lent.fiber.name, 'run', timeoutMs));
      this.#host.settled();
    }, timeoutMs);
  }

  progress(loanId: number, value: unknown): void {
    this.#calls.get(loanId)?.fiber.reportProgress(value);
  }

  emitted(loanId: number, value: unknown): void {
    const lent = this.#calls.get(loanId);
    if (lent === undefined) return;
    lent.acknowledgements ??= new Acknowledgements((count) => {
      if (this.#calls.get(loanId) === lent) this.#peer.send([ToPeer.Taken, loanId, count]);
    });
    lent.fiber.reportProgress(value, lent.acknowledgements.taken);
  }

  wrote(loanId: number, stream: StreamName, text: string): void {
    const lent = this.#calls.get(loanId);
    if (lent !== undefined) this.#host.wrote(lent.fiber, stream, text);
  }

  ended(loanId: number, hasBegun: boolean, hasFailed: boolean, value: unknown): void {
    const lent = this.#calls.get(loanId);
    // Race: it was recalled before it began, and has ended here.
    if (lent === undefined) return;
    this.#forget(loanId, lent);
    const outcome = hasFailed ? decodeThrown(value as EncodedThrown) : value;
    if (hasBegun) this.#host.settleTold(lent.fiber, hasFailed, outcome);
    else lent.fiber.settle(hasFailed, outcome);
    this.#host.settled();
  }

  #forget(loanId: number, { fiber, cancelRunTimer, cancelOverdueTimer }: Lent): void {
    this.#calls.delete(loanId);
    this.portions.ended(now);
    cancelRunTimer?.();
    cancelOverdueTimer?.();
    fiber.remote = null;
  }

  // -- when the other thread has died --

  /** Takes back what can run here instead, and fails the rest. */
  lost(text: string): void {
    for (const [loanId, lent] of this.#calls) {
      this.#forget(loanId, lent);
      const { fiber, cancelError } = lent;
      const hasBegun = this.#peer.begun.hasBegun(loanId);
      if (cancelError === null && canRunHere(fiber, hasBegun)) {
        fiber.pin();
        this.#host.takeBack(fiber);
      } else {
        const what = hasBegun ? 'ran' : 'held';
        fiber.settle(true, cancelError ?? new WorkerLostError(`${text} while it ${what} task ${fiber.name} for another thread`));
      }
    }
  }
}

function now(): number {
  return performance.now();
}

/** The options of a fiber that is to run elsewhere, with what it carries. */
function optionsOf(fiber: Fiber): (CallOptions & PortableOptions) | undefined {
  const carried = inContextOf(fiber, carriedHere);
  return carried === undefined ? fiber.options : { ...fiber.options, carried };
}

/** Whether a call that a lost thread had taken can start once more: its arguments are still here, and it may if it had begun. */
function canRunHere({ definition, options, call }: Fiber, hasBegun: boolean): boolean {
  const isIntact = (options?.transfer?.length ?? 0) === 0;
  // Of an input nobody knows how far it was read.
  return isIntact && (!hasBegun || (definition.options?.idempotent === true && call?.args.some(isInput) !== true));
}
