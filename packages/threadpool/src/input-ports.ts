/**
 * Arguments made with `input` cross threads as a port each. The thread of the task pulls: it sends how many more items it would take,
 * and the side that has the source sends no more than that. Whichever side goes away, the port closes, and the other one knows.
 *
 * To the source: a number, so many more items are wanted; or STOP. From the source: [ITEM, item], [END] or [FAILED, error].
 */

import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { WorkerLostError } from '@heddle/core';
import { decodeThrown, Input, isInput, MOST_WAITING, movedParts, type EncodedThrown } from '@heddle/core/engine';
import { findObstacle, serializationError } from './serialization.ts';
import { addMoved } from './transfer.ts';
import { portableError } from './worker/portable-error.ts';

const STOP = 'stop';

const ITEM = 0;
const END = 1;
const FAILED = 2;

type FromSource = readonly [typeof ITEM, unknown] | readonly [typeof END] | readonly [typeof FAILED, EncodedThrown];

/**
 * Puts a port in the place of each input in a message that is about to be sent.
 *
 * @param from where to begin to look
 * @param transfer receives the ports
 * @returns where the ports are
 */
export function exportInputs(message: unknown[], from: number, transfer: Transferable[]): number[] {
  const places: number[] = [];
  for (let at = from; at < message.length; at++) {
    const value = message[at];
    if (!isInput(value)) continue;
    const { port1, port2 } = new MessageChannel();
    new InputSource(value, port1).listen();
    message[at] = port2;
    transfer.push(port2);
    places.push(at);
  }
  return places;
}

/** Closes the ports of a message that could not be sent. */
export function abandonInputs(message: readonly unknown[], places: readonly number[]): void {
  for (const at of places) (message[at] as MessagePort).close();
}

let isAnyRemote = false;

/** Whether an input has ever come to this thread: calls need not be searched for one before that. */
export function hasRemoteInputs(): boolean {
  return isAnyRemote;
}

/** Puts in the place of each port what the task reads. */
export function importInputs(message: unknown[], places: readonly number[]): void {
  isAnyRemote = true;
  for (const at of places) message[at] = new RemoteInput(message[at] as MessagePort);
}

/** Closes the inputs among the arguments of a call that has ended: what it has not read stays where it is. */
export function closeInputs(args: readonly unknown[]): void {
  for (const argument of args) if (argument instanceof RemoteInput) argument.close();
}

/** The side that has the source. */
class InputSource {
  readonly #input: Input<unknown>;
  readonly #port: MessagePort;
  #iterator: AsyncIterator<unknown> | null = null;
  /** How many more items the other side would take. */
  #wanted = 0;
  #isPumping = false;
  /** Whether the source has ended, or must not be read any more. */
  #isOver = false;

  constructor(input: Input<unknown>, port: MessagePort) {
    this.#input = input;
    this.#port = port;
  }

  listen(): void {
    this.#port.on('message', (message: number | typeof STOP) => {
      if (message === STOP) this.#port.close();
      else {
        this.#wanted += message;
        void this.#pump();
      }
    });
    this.#port.once('close', () => {
      this.#stop();
    });
    // The call keeps its pool busy, and the pool the process.
    this.#port.unref();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#iterator ??= this.#input.open();
      while (this.#wanted > 0 && !this.#isOver) {
        // oxlint-disable-next-line no-await-in-loop -- items come one after the other
        const result = await this.#iterator.next();
        if (this.#isOver) return;
        if (result.done === true) this.#end([END]);
        else this.#send(result.value);
      }
    } catch (error) {
      if (!this.#isOver) this.#end([FAILED, portableError(error)]);
    } finally {
      this.#isPumping = false;
    }
  }

  #send(item: unknown): void {
    this.#wanted--;
    const transfer: Transferable[] = [];
    try {
      addMoved(transfer, item);
      this.#port.postMessage([ITEM, item], transfer);
    } catch (cause) {
      const error = serializationError('that reads it', 'input', findObstacle('input', item, cause, movedParts(item)), cause);
      this.#port.postMessage([FAILED, portableError(error)]);
      this.#port.close();
    }
  }

  /** The source has ended by itself. */
  #end(message: FromSource): void {
    this.#isOver = true;
    this.#port.postMessage(message);
    this.#port.close();
  }

  /** Nobody reads any more. */
  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Its failure to close has nobody left to be told to.
    void this.#close().catch(() => {});
  }

  async #close(): Promise<void> {
    await this.#iterator?.return?.();
  }
}

/** The side of the task. */
export class RemoteInput extends Input<unknown> {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    let isOpen = false;
    const open = (): AsyncIterator<unknown> => {
      if (isOpen) throw new TypeError('Expected an input to be read by one reader, got a second one');
      isOpen = true;
      return new InputReader(port);
    };
    super({ [Symbol.asyncIterator]: open });
    this.#port = port;
  }

  close(): void {
    this.#port.close();
  }
}

class InputReader implements AsyncIterator<unknown> {
  readonly #port: MessagePort;
  readonly #items: unknown[] = [];
  #waiters: PromiseWithHandlers[] = [];
  /** Items that were asked for and have not come. */
  #asked = 0;
  /** What comes after the last item. */
  #end: FromSource | null = null;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: FromSource) => {
      this.#receive(message);
    });
    port.once('close', () => {
      this.#end ??= [FAILED, portableError(new WorkerLostError('The thread that has the source of an input was lost, or its task has ended'))];
      this.#settle();
    });
  }

  #receive(message: FromSource): void {
    if (message[0] === ITEM) {
      this.#asked--;
      this.#items.push(message[1]);
    } else this.#end ??= message;
    this.#settle();
  }

  next(): Promise<IteratorResult<unknown>> {
    const promise = new Promise<IteratorResult<unknown>>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    this.#settle();
    this.#ask();
    return promise;
  }

  /** Keeps half as many items as may wait under way at least. */
  #ask(): void {
    const missing = MOST_WAITING - this.#items.length - this.#asked;
    if (this.#end !== null || missing < MOST_WAITING / 2) return;
    this.#asked += missing;
    this.#port.postMessage(missing);
  }

  #settle(): void {
    while (this.#waiters.length > 0 && this.#items.length > 0) this.#waiters.shift()?.resolve({ done: false, value: this.#items.shift() });
    const end = this.#end;
    if (end === null || this.#items.length > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const [i, { resolve, reject }] of waiters.entries()) {
      // As with an async generator, one reader is told of the failure.
      if (end[0] === FAILED && i === 0) reject(decodeThrown(end[1]));
      else resolve({ done: true, value: undefined });
    }
    if (waiters.length > 0) this.#end = [END];
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#items.length = 0;
    this.#end = [END];
    this.#settle();
    this.#port.postMessage(STOP);
    this.#port.close();
    return Promise.resolve({ done: true, value: undefined });
  }
}

interface PromiseWithHandlers {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}
