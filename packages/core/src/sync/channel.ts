import type { Coroutine, Operation } from '../coroutine.ts';
import { operation } from '../engine/wait.ts';
import { ChannelClosedError } from '../errors.ts';
import { expectNumber } from '../options.ts';
import { ChannelIterator, type Received } from './channel-iterator.ts';
import { ItemQueue } from '../engine/item-queue.ts';
import { ask, NOT_YET, type Admission, type QueuedWait, type Waiter } from './queued-wait.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Counts of a {@link Channel}. */
export interface ChannelStatistics {
  /** How many items it holds at most. */
  readonly capacity: number;
  /** How many items it holds. */
  readonly buffered: number;
  /** How many tasks wait to send. */
  readonly sending: number;
  /** How many tasks, and `next` calls of plain code, wait to receive. */
  readonly receiving: number;
  readonly isClosed: boolean;
}

/**
 * Passes items from tasks that send to tasks, or plain async code, that receive.
 *
 * @remarks Items come out in the order in which they went in, each of them once; senders and receivers are served first come, first
 * served; several receivers share the items. Capacity 0 is a rendezvous: `send` ends when a receiver has the item.
 *
 * Closing: what was accepted can still be received; then receiving ends. Tasks that wait to send get a `ChannelClosedError`: their
 * item was not accepted, and perhaps nobody will ever ask for it.
 *
 * Cancelling: a task that is cancelled while it waits to send has not sent; one that waits to receive has received nothing. Once an item
 * has passed between two tasks both operations end normally, and a cancellation shows at the next suspension; so no item is lost
 * and none comes twice.
 * @example
 * ```ts
 * const lines = new Channel<string>(16, { name: 'lines' });
 *
 * const reader = task(function* () {
 *   for (const line of text) yield* lines.send(line);
 *   lines.close();
 * });
 * const worker = task(function* () {
 *   for (;;) {
 *     const line = yield* lines.next();
 *     if (line.done) break;
 *     yield* handle(line.value);
 *   }
 * });
 *
 * for await (const line of lines) console.log(line); // outside of tasks
 * ```
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #label: string;
  readonly #items = new ItemQueue<T>();
  /** Invariant: empty unless the channel is open and full. */
  readonly #senders = new WaitQueue<QueuedWait<void, T>>();
  /** Invariant: empty unless the channel is open and holds no items. */
  readonly #receivers = new WaitQueue<Waiter<Received<T>>>();
  readonly #sending: Admission<void, T>;
  readonly #receiving: Admission<Received<T>, void, Waiter<Received<T>>>;
  #closed: { readonly error: unknown } | null = null;
  /** Iterators of plain code that are not through. */
  #outsideReceivers = 0;

  /**
   * @param capacity how many items it holds: an integer of at least 0, or Infinity. @default 0
   * @throws {TypeError} {RangeError} when an argument is wrong
   */
  constructor(capacity = 0, options: SyncOptions = {}) {
    this.#capacity = expectNumber('capacity', capacity, { min: 0, integer: true, infinite: true });
    const { label, isExternal } = identify('channel', options);
    this.#label = label;
    const hasOutsideReceivers = (): boolean => this.#outsideReceivers > 0;
    this.#sending = {
      queue: this.#senders,
      // Plain code that iterates can make room at any time.
      get isExternal() {
        return isExternal || hasOutsideReceivers();
      },
      describe: () => `send() to ${label}`,
      admit: (_fiber, item) => (this.trySend(item) ? undefined : NOT_YET),
    };
    this.#receiving = {
      queue: this.#receivers,
      isExternal,
      describe: () => `next() of ${label}`,
      admit: () => this.#receive(),
    };
  }

  /**
   * Sends `item`; waits while the channel is full.
   *
   * @throws {ChannelClosedError} when the channel is closed, or is closed before it had room: the item was not sent
   */
  send(item: T): Operation<void> {
    return ask(this.#sending, item);
  }

  /**
   * Sends `item` if there is room, or somebody waits for it.
   *
   * @returns whether it was sent
   * @throws {ChannelClosedError} when the channel is closed
   */
  trySend(item: T): boolean {
    if (this.#closed !== null) throw this.#closedError('send()');
    const receiver = this.#receivers.shift();
    if (receiver !== null) {
      receiver.grant({ done: false, value: item });
      return true;
    }
    if (this.#items.size >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /**
   * Receives an item; waits while there is none.
   *
   * @throws {ChannelClosedError} at the end of a channel that was closed
   * @throws what the channel was closed with, at the end of one that was closed with an error
   */
  receive(): Operation<T> {
    return operation(() => this.#receiveItem());
  }

  /**
   * Receives an item, or the end: `{ done: false, value }` or, once the channel is closed and empty, `{ done: true }`. Waits while
   * there is neither.
   *
   * @throws what the channel was closed with, at the end of one that was closed with an error
   */
  next(): Operation<IteratorResult<T, undefined>> {
    return ask(this.#receiving, undefined);
  }

  /**
   * Receives without waiting: an item, or the end, as {@link Channel.next} gives them; `undefined` when there is neither yet.
   *
   * @throws what the channel was closed with, at the end of one that was closed with an error
   */
  tryReceive(): IteratorResult<T, undefined> | undefined {
    const received = this.#receive();
    return received === NOT_YET ? undefined : received;
  }

  /**
   * Closes the channel: nothing more can be sent, what it holds can still be received. Has no effect on a closed one.
   *
   * @param error what receivers throw at the end. @default none: receiving just ends
   */
  close(error?: unknown): void {
    if (this.#closed !== null) return;
    this.#closed = { error };
    for (let next = this.#receivers.shift(); next !== null; next = this.#receivers.shift()) {
      if (error === undefined) next.grant({ done: true, value: undefined });
      else next.refuse(error);
    }
    for (let next = this.#senders.shift(); next !== null; next = this.#senders.shift()) next.refuse(this.#closedError('send()'));
  }

  /** Whether `close` was called. There may be items left. */
  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /**
   * Receives outside of tasks. Each step of the loop takes one item, so a full channel holds its senders back; leaving the loop
   * leaves the channel open. Several loops, and tasks, share the items.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    this.#outsideReceivers++;
    return new ChannelIterator<T>({
      queue: this.#receivers,
      receive: () => this.#receive(),
      ended: () => {
        this.#outsideReceivers--;
      },
    });
  }

  statistics(): ChannelStatistics {
    return {
      capacity: this.#capacity,
      buffered: this.#items.size,
      sending: this.#senders.size,
      receiving: this.#receivers.size,
      isClosed: this.isClosed,
    };
  }

  *#receiveItem(): Coroutine<T> {
    const received = yield* this.next();
    if (received.done === true) throw this.#closedError('receive()');
    return received.value;
  }

  #receive(): Received<T> | typeof NOT_YET {
    if (this.#items.size > 0) {
      const value = this.#items.shift();
      // The sender that has waited longest takes the room.
      const sender = this.#senders.shift();
      if (sender !== null) {
        this.#items.push(sender.request);
        sender.grant();
      }
      return { done: false, value };
    }
    const sender = this.#senders.shift();
    if (sender !== null) {
      sender.grant();
      return { done: false, value: sender.request };
    }
    if (this.#closed === null) return NOT_YET;
    if (this.#closed.error !== undefined) throw this.#closed.error;
    return { done: true, value: undefined };
  }

  #closedError(method: string): ChannelClosedError {
    const error = this.#closed?.error;
    const message = method === 'send()' ? `Expected send() to an open ${this.#label}, got one that is closed` : `Expected an item from ${this.#label}, got its end: it is closed`;
    return new ChannelClosedError(message, error === undefined ? undefined : { cause: error });
  }
}
