/**
 * The agent of another thread, and the port that joins the two. Over it go calls that one thread's task has spawned and the other
 * runs, because it had nothing to do (`STEALING.md`).
 */

import { receiveMessageOnPort, type MessagePort, type Transferable } from 'node:worker_threads';
import { moved } from '@heddle/core';
import { decodeThrown, type EncodedThrown, type Fiber, type Heritage } from '@heddle/core/engine';
import type { BegunLoans } from '../begun-loans.ts';
import { importInputs } from '../input-ports.ts';
import { ToPeer, type PortableOptions, type StreamName } from '../protocol.ts';
import { BorrowedCalls, type Borrowed } from './borrowed-calls.ts';
import type { Probe } from './deadlock-probes.ts';
import { LentCalls } from './lent-calls.ts';

/** What a peer needs of its own thread. */
export interface PeerHost {
  readonly graceMs: number;
  readonly traceEpoch: number;
  /** Returns a number for a loan: greater than all before, and unique on this thread. */
  nextLoanId(): number;
  /** Runs a call; the outcome goes to `peer.borrowed.end`. */
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

export class Peer {
  readonly thread: number;
  readonly incarnation: number;
  readonly begun: BegunLoans;
  readonly lent: LentCalls;
  readonly borrowed: BorrowedCalls;
  readonly #port: MessagePort;
  readonly #host: PeerHost;
  isLost = false;

  constructor(thread: number, incarnation: number, port: MessagePort, begun: BegunLoans, host: PeerHost) {
    this.thread = thread;
    this.incarnation = incarnation;
    this.begun = begun;
    this.lent = new LentCalls(this, host);
    this.borrowed = new BorrowedCalls(this, host);
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

  /** @throws what the structured clone throws when the message cannot be copied */
  send(message: readonly unknown[], transfer?: readonly Transferable[]): void {
    this.#port.postMessage(message, transfer);
  }

  /** Reads what has arrived, without waiting for the event loop. */
  readMail(): void {
    for (let mail = receiveMessageOnPort(this.#port); mail !== undefined; mail = receiveMessageOnPort(this.#port)) {
      this.#receive(mail.message as readonly unknown[]);
    }
  }

  #receive(message: readonly unknown[]): void {
    const [kind, loanId, one, two, three, four] = message as [number, number, ...unknown[]];
    switch (kind) {
      case ToPeer.Lend:
        this.#host.borrow(readLoan(message), this);
        break;
      case ToPeer.Ended:
        markMoved(three, four);
        this.lent.ended(loanId, one as boolean, two as boolean, three);
        break;
      case ToPeer.Recall:
        this.borrowed.recall(loanId, decodeThrown(one as EncodedThrown));
        break;
      case ToPeer.Started:
        this.lent.started(loanId);
        break;
      case ToPeer.Progress:
        markMoved(one, two);
        this.lent.progress(loanId, one);
        break;
      case ToPeer.Output:
        this.lent.wrote(loanId, one as StreamName, two as string);
        break;
      case ToPeer.Emitted:
        markMoved(one, two);
        this.lent.emitted(loanId, one);
        break;
      case ToPeer.Probe:
        this.borrowed.probed(loanId, one as Probe);
        break;
      case ToPeer.Taken:
        this.borrowed.taken(loanId, one as number);
        break;
    }
  }

  /** This thread ends. */
  close(): void {
    this.isLost = true;
    this.#port.close();
  }

  /** The other thread has died, or has left. */
  #lost(): void {
    this.isLost = true;
    const text = `Thread ${this.thread} was lost`;
    this.lent.lost(text);
    this.borrowed.lost(text);
    this.#host.lost(this);
    this.#host.settled();
  }
}

/** The layout is in `protocol.ts`. */
function readLoan(message: readonly unknown[]): Borrowed {
  const [, loanId, taskId, options, args, traceId, traceEpoch, heritage, inputs] = message;
  const values = args as unknown[];
  if ((inputs as readonly number[]).length > 0) importInputs(values, inputs as readonly number[]);
  return {
    loanId: loanId as number,
    taskId: taskId as string,
    options: options === 0 ? undefined : (options as PortableOptions),
    args: values,
    traceId: traceId as string,
    traceEpoch: traceEpoch as number,
    heritage: heritage as Heritage,
  };
}

/** Says of a value that came from another thread what was said of it there. */
function markMoved(value: unknown, parts: unknown): void {
  // Only of an object is anything ever said.
  if (parts !== undefined) moved(value as object, parts as readonly object[]);
}
