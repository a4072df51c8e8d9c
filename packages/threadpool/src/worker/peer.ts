/**
 * The agent of another thread, and the calls that move between the two over a port of their own: lent by the thread whose task
 * spawned them, run by one that had nothing to do. The lender's fiber waits for the outcome; everything else about it stays at
 * home.
 *
 * If either thread dies, the port closes: the lender takes back what had not begun and fails the rest, the borrower cancels what it
 * had borrowed.
 */

import { receiveMessageOnPort, type MessagePort, type Transferable } from 'node:worker_threads';
import { CancelledError, moved, systemClock, TaskTimeoutError, WorkerLostError, type CallOptions, type CancelTimer } from '@heddle/core';
import { carriedHere, decodeThrown, hasInputs, inContextOf, isInput, movedParts, type EncodedThrown, type Fiber, type Heritage, type RemoteRun } from '@heddle/core/engine';
import type { BegunLoans } from '../begun-loans.ts';
import { Acknowledgements } from '../acknowledgements.ts';
import { ANSWER_MARGIN_MS } from '../grace.ts';
import { abandonInputs, exportInputs, importInputs } from '../input-ports.ts';
import { portableOptions, ToPeer, type PortableOptions, type StreamName } from '../protocol.ts';
import { findObstacle, serializationError } from '../serialization.ts';
import { addMoved, addTransfer } from '../transfer.ts';
import type { Cancellable } from './agent-batch.ts';
import type { LentCall, Probe } from './deadlock-probes.ts';
import { portableError } from './portable-error.ts';
import { Portions } from './portions.ts';
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

/** What a peer needs of its own thread. */
export interface PeerHost {
  readonly graceMs: number;
  readonly traceEpoch: number;
  /** Returns a number for a loan: greater than all before, and unique on this thread. */
  nextLoanId(): number;
  /** Runs a call; the outcome goes to `peer.end`. */
  borrow(call: Borrowed, peer: Peer): void;
  /** Runs an unstarted fiber here, because nobody else did. */
  takeBack(fiber: Fiber): void;
  /** Settles a fiber of which the other thread has told the trace sink. */
  settleTold(fiber: Fiber, hasFailed: boolean, value: unknown): void;
  /** Some fibers may have settled outside of a turn. */
  settled(): void;
  /** Makes the other thread read its messages before it steps another task. */
  putMail(thread: number): void;
  /** The call of the fiber has written something on the other thread. */
  wrote(fiber: Fiber, stream: StreamName, text: string): void;
  /** The other thread has not ended a recalled call within the grace period. */
  overdue(peer: Peer, loanId: number): void;
  /** A thread asks whether what waits for a call that runs here also waits for that thread. */
  probed(fiber: Fiber, probe: Probe): void;
  /** The other thread has died. */
  lost(peer: Peer): void;
}

/** A call that runs on the other thread. */
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

export class Peer {
  readonly thread: number;
  readonly incarnation: number;
  readonly begun: BegunLoans;
  readonly #port: MessagePort;
  readonly #host: PeerHost;
  readonly #lent = new Map<number, Lent>();
  readonly #borrowed = new Map<number, Cancellable>();
  isLost = false;
  readonly portions = new Portions();

  constructor(thread: number, incarnation: number, port: MessagePort, begun: BegunLoans, host: PeerHost) {
    this.thread = thread;
    this.incarnation = incarnation;
    this.begun = begun;
    this.#port = port;
    this.#host = host;
    port.on('message', (message: readonly unknown[]) => {
      this.#receive(message);
    });
    // Something of it is lost, and with it the outcome of a call: better no connection than one that lets a task wait for ever.
    port.on('messageerror', () => {
      port.close();
    });
    port.once('close', () => {
      this.#lost();
    });
  }

  /** Reads what has arrived, without waiting for the event loop. */
  readMail(): void {
    for (let mail = receiveMessageOnPort(this.#port); mail !== undefined; mail = receiveMessageOnPort(this.#port)) {
      this.#receive(mail.message as readonly unknown[]);
    }
  }

  #receive(message: readonly unknown[]): void {
    const [kind, loanId, one, two, three, four, five, six, seven] = message as [number, number, ...unknown[]];
    switch (kind) {
      case ToPeer.Lend: {
        const options = two === 0 ? undefined : (two as PortableOptions);
        const args = three as unknown[];
        const inputs = seven as readonly number[];
        if (inputs.length > 0) importInputs(args, inputs);
        this.#host.borrow({ loanId, taskId: one as string, options, args, traceId: four as string, traceEpoch: five as number, heritage: six as Heritage }, this);
        break;
      }
      case ToPeer.Ended:
        markMoved(three, four);
        this.#repaid(loanId, one as boolean, two as boolean, three);
        break;
      case ToPeer.Recall:
        this.#borrowed.get(loanId)?.cancel(decodeThrown(one as EncodedThrown));
        this.#host.settled();
        break;
      case ToPeer.Started:
        this.#started(loanId);
        break;
      case ToPeer.Progress:
        markMoved(one, two);
        this.#lent.get(loanId)?.fiber.reportProgress(one);
        break;
      case ToPeer.Output:
        this.#wrote(loanId, one as StreamName, two as string);
        break;
      case ToPeer.Emitted:
        markMoved(one, two);
        this.#emitted(loanId, one);
        break;
      case ToPeer.Probe: {
        const call = this.#borrowed.get(loanId);
        if (call instanceof RootFiber) this.#host.probed(call, one as Probe);
        break;
      }
      case ToPeer.Taken: {
        const call = this.#borrowed.get(loanId);
        if (call instanceof RootFiber) call.taken(one as number);
        break;
      }
    }
  }

  // ── as the lender ──

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
      this.#port.postMessage([ToPeer.Lend, loanId, definition.id, portableOptions(optionsOf(fiber)), args, fiber.id, this.#host.traceEpoch, fiber.given, inputs], transfer);
    } catch (error) {
      abandonInputs(args, inputs);
      throw error;
    }
    const lent: Lent = { fiber, cancelError: null, cancelRunTimer: null, cancelOverdueTimer: null, acknowledgements: null };
    this.#lent.set(loanId, lent);
    this.portions.lent();
    fiber.remote = new Loan(
      (error) => {
        this.#recall(loanId, lent, error);
      },
      (probe) => {
        this.#port.postMessage([ToPeer.Probe, loanId, probe]);
      },
    );
  }

  #recall(loanId: number, lent: Lent, error: CancelledError): void {
    lent.cancelError = error;
    this.#port.postMessage([ToPeer.Recall, loanId, portableError(error)]);
    this.#host.putMail(this.thread);
    if (this.begun.hasBegun(loanId)) {
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
      this.#host.overdue(this, loanId);
    }, delayMs);
  }

  /** Watches the time of a call on this side too, because the other thread may get stuck in it. */
  #started(loanId: number): void {
    const lent = this.#lent.get(loanId);
    const timeoutMs = lent?.fiber.options?.timeoutMs;
    if (lent === undefined || timeoutMs === undefined) return;
    lent.cancelRunTimer = systemClock.setTimer(() => {
      lent.fiber.cancel(new TaskTimeoutError(lent.fiber.name, 'run', timeoutMs));
      this.#host.settled();
    }, timeoutMs);
  }

  #emitted(loanId: number, value: unknown): void {
    const lent = this.#lent.get(loanId);
    if (lent === undefined) return;
    lent.acknowledgements ??= new Acknowledgements((count) => {
      if (this.#lent.get(loanId) === lent) this.#port.postMessage([ToPeer.Taken, loanId, count]);
    });
    lent.fiber.reportProgress(value, lent.acknowledgements.taken);
  }

  #repaid(loanId: number, hasBegun: boolean, hasFailed: boolean, value: unknown): void {
    const lent = this.#lent.get(loanId);
    if (lent === undefined) return;
    this.#forget(loanId, lent);
    const outcome = hasFailed ? decodeThrown(value as EncodedThrown) : value;
    if (hasBegun) this.#host.settleTold(lent.fiber, hasFailed, outcome);
    else lent.fiber.settle(hasFailed, outcome);
    this.#host.settled();
  }

  #wrote(loanId: number, stream: StreamName, text: string): void {
    const lent = this.#lent.get(loanId);
    if (lent !== undefined) this.#host.wrote(lent.fiber, stream, text);
  }

  #forget(loanId: number, { fiber, cancelRunTimer, cancelOverdueTimer }: Lent): void {
    this.#lent.delete(loanId);
    this.portions.ended(now);
    cancelRunTimer?.();
    cancelOverdueTimer?.();
    fiber.remote = null;
  }

  // ── as the borrower ──

  /** Notes what a recall of the loan cancels. */
  began(loanId: number, call: Cancellable): void {
    this.#borrowed.set(loanId, call);
  }

  /** Tells the lender what a borrowed call came to. */
  end(loanId: number, name: string, hasBegun: boolean, hasFailed: boolean, value: unknown): void {
    this.#borrowed.delete(loanId);
    if (this.isLost) return;
    if (hasFailed) this.#sendFailure(loanId, hasBegun, value);
    else {
      try {
        this.#sendValue([ToPeer.Ended, loanId, hasBegun, false, value], value);
      } catch (cause) {
        this.#sendFailure(loanId, hasBegun, serializationError(name, 'result', findObstacle('result', value, cause, movedParts(value))));
      }
    }
    // A lender that is busy reads it before its next step, an idle one is woken by the message.
    this.#host.putMail(this.thread);
  }

  #sendFailure(loanId: number, hasBegun: boolean, error: unknown): void {
    this.#port.postMessage([ToPeer.Ended, loanId, hasBegun, true, portableError(error)]);
  }

  tellStarted(loanId: number): void {
    this.#port.postMessage([ToPeer.Started, loanId]);
  }

  tellOutput(loanId: number, stream: StreamName, text: string): void {
    this.#port.postMessage([ToPeer.Output, loanId, stream, text]);
  }

  /** @throws {SerializationError} when the value cannot be copied */
  tellProgress(loanId: number, name: string, value: unknown, isEmitted: boolean): void {
    try {
      this.#sendValue([isEmitted ? ToPeer.Emitted : ToPeer.Progress, loanId, value], value);
    } catch (cause) {
      throw serializationError(name, 'progress', findObstacle('progress', value, cause, movedParts(value)), cause);
    }
  }

  /** Whether calls of this thread run on the other one. */
  get hasLent(): boolean {
    return this.#lent.size > 0;
  }

  /** The calls of the other thread that have become tasks here. */
  *borrowed(): Iterable<RootFiber> {
    for (const call of this.#borrowed.values()) if (call instanceof RootFiber) yield call;
  }

  /** Whether calls of the other thread run here. */
  get hasBorrowed(): boolean {
    return this.#borrowed.size > 0;
  }

  /** This thread ends. */
  close(): void {
    this.isLost = true;
    this.#port.close();
  }

  /** What moves of the value is listed behind it, so that the other thread can move it on. */
  #sendValue(message: readonly unknown[], value: unknown): void {
    const parts = movedParts(value);
    if (parts === undefined) {
      this.#port.postMessage(message);
      return;
    }
    const transfer: Transferable[] = [];
    addMoved(transfer, value);
    this.#port.postMessage([...message, parts], transfer);
  }

  // ── when the other thread has died ──

  #lost(): void {
    this.isLost = true;
    const text = `Thread ${this.thread} was lost`;
    for (const [loanId, lent] of this.#lent) {
      this.#forget(loanId, lent);
      const { fiber, cancelError } = lent;
      const hasBegun = this.begun.hasBegun(loanId);
      if (cancelError === null && canRunHere(fiber, hasBegun)) {
        fiber.pin();
        this.#host.takeBack(fiber);
      } else {
        const what = hasBegun ? 'ran' : 'held';
        fiber.settle(true, cancelError ?? new WorkerLostError(`${text} while it ${what} task ${fiber.name} for another thread`));
      }
    }
    for (const call of this.#borrowed.values()) call.cancel(new CancelledError(`${text}, which had spawned the task`));
    this.#borrowed.clear();
    this.#host.lost(this);
    this.#host.settled();
  }
}

function now(): number {
  return performance.now();
}

/** Says of a value that came from another thread what was said of it there. */
function markMoved(value: unknown, parts: unknown): void {
  // Only of an object is anything ever said.
  if (parts !== undefined) moved(value as object, parts as readonly object[]);
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
