/**
 * Calls that move between threads: lent by the thread whose task spawned them, run by one that had nothing to do, over a port
 * that joins the two. The lender's fiber waits for the outcome; everything else about it stays at home.
 *
 * If either thread dies, the port closes: the lender fails what it had lent, the borrower cancels what it had borrowed.
 */

import type { MessagePort } from 'node:worker_threads';
import { CancelledError, WorkerLostError } from '@heddle/core';
import { decodeThrown, type EncodedThrown, type Fiber } from '@heddle/core/engine';
import { portableOptions, ToPeer, type PortableOptions } from '../protocol.ts';
import { serializationError } from '../serialization.ts';
import { portableError } from './portable-error.ts';

/** A call that another thread asks to run here. */
export interface Borrowed {
  readonly loanId: number;
  readonly taskId: string;
  readonly options: PortableOptions | undefined;
  readonly args: readonly unknown[];
  /** The id of the lender's fiber. */
  readonly traceId: string;
}

/** What a peer does with messages: the agent's side. */
export interface Borrower {
  /** Runs a call; the outcome goes to `peer.end`. */
  borrow(call: Borrowed, peer: Peer): void;
  /** Some fibers may have settled outside of a turn. */
  settled(): void;
}

/** The agent of another thread, and the loans in both directions. */
export class Peer {
  readonly thread: number;
  readonly #port: MessagePort;
  readonly #borrower: Borrower;
  readonly #lent = new Map<number, Fiber>();
  readonly #borrowed = new Map<number, Fiber>();
  #nextLoan = 1;

  constructor(thread: number, port: MessagePort, borrower: Borrower) {
    this.thread = thread;
    this.#port = port;
    this.#borrower = borrower;
    port.on('message', (message: readonly unknown[]) => {
      this.#receive(message);
    });
    port.once('close', () => {
      this.#lost();
    });
  }

  /**
   * Sends the call of an unstarted fiber.
   *
   * @throws what the structured clone throws when its arguments cannot be copied
   */
  lend(fiber: Fiber): void {
    const loanId = this.#nextLoan++;
    const { definition, call } = fiber;
    // Invariant: only fibers that have not started are lent.
    const { args } = call!;
    this.#port.postMessage([ToPeer.Lend, loanId, definition.id, portableOptions(fiber.options), args, fiber.id]);
    this.#lent.set(loanId, fiber);
    fiber.remote = {
      cancel: (error) => {
        this.#port.postMessage([ToPeer.Recall, loanId, portableError(error)]);
      },
    };
  }

  /** Notes the fiber that runs a borrowed call, so that it can be recalled. */
  began(loanId: number, fiber: Fiber): void {
    this.#borrowed.set(loanId, fiber);
  }

  /** Tells the lender what a borrowed call came to. */
  end(loanId: number, name: string, hasFailed: boolean, value: unknown): void {
    this.#borrowed.delete(loanId);
    if (hasFailed) {
      this.#port.postMessage([ToPeer.Ended, loanId, true, portableError(value)]);
      return;
    }
    try {
      this.#port.postMessage([ToPeer.Ended, loanId, false, value]);
    } catch (cause) {
      this.#port.postMessage([ToPeer.Ended, loanId, true, portableError(serializationError(name, 'result', value, cause))]);
    }
  }

  #receive(message: readonly unknown[]): void {
    const [kind, loanId, one, two, args, traceId] = message as [number, number, unknown, unknown, readonly unknown[], string];
    switch (kind) {
      case ToPeer.Lend:
        this.#borrower.borrow({ loanId, taskId: one as string, options: two === 0 ? undefined : (two as PortableOptions), args, traceId }, this);
        break;
      case ToPeer.Ended:
        this.#repaid(loanId, one as boolean, two);
        break;
      case ToPeer.Recall:
        this.#borrowed.get(loanId)?.cancel(decodeThrown(one as EncodedThrown));
        this.#borrower.settled();
        break;
    }
  }

  #repaid(loanId: number, hasFailed: boolean, value: unknown): void {
    const fiber = this.#lent.get(loanId);
    if (fiber === undefined) return;
    this.#lent.delete(loanId);
    fiber.remote = null;
    fiber.settle(hasFailed, hasFailed ? decodeThrown(value as EncodedThrown) : value);
    this.#borrower.settled();
  }

  #lost(): void {
    const text = `Thread ${this.thread} was lost`;
    for (const fiber of this.#lent.values()) {
      fiber.remote = null;
      fiber.settle(true, new WorkerLostError(`${text} while it ran task ${fiber.name} for another thread`));
    }
    this.#lent.clear();
    for (const fiber of this.#borrowed.values()) fiber.cancel(new CancelledError(`${text}, which had spawned the task`));
    this.#borrowed.clear();
    this.#borrower.settled();
  }
}
