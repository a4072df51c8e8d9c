/** How plain async code receives from a channel: as an async iterator, which stands in the same queue as tasks do. */

import type { WaitQueue, Queued } from './wait-queue.ts';
import { NOT_YET, type Waiter } from './queued-wait.ts';

/** What a receiver gets: an item, or the end. */
export type Received<T> = IteratorResult<T, undefined>;

/** The part of a channel that an iterator needs. */
export interface ReceivingEnd<T> {
  readonly queue: WaitQueue<Waiter<Received<T>>>;
  /** Takes an item if there is one. @throws what the channel was closed with */
  receive(): Received<T> | typeof NOT_YET;
  /** Told when the iterator is through. */
  ended(): void;
}

const END: Received<never> = { done: true, value: undefined };

/** One consumer. It holds nothing back: an item leaves the channel when `next` is called, not before. */
export class ChannelIterator<T> implements AsyncIterableIterator<T> {
  readonly #channel: ReceivingEnd<T>;
  readonly #pending = new Set<PromisedItem<T>>();
  #hasEnded = false;

  constructor(channel: ReceivingEnd<T>) {
    this.#channel = channel;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Received<T>> {
    if (this.#hasEnded) return END;
    try {
      const received = await this.#receive();
      if (received.done === true) this.#end();
      return received;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** Ends this iterator; the channel and its other receivers go on. A `next` that waits gets the end. */
  return(): Promise<Received<T>> {
    for (const item of this.#pending) {
      this.#channel.queue.remove(item);
      item.grant(END);
    }
    this.#end();
    return Promise.resolve(END);
  }

  #receive(): Received<T> | Promise<Received<T>> {
    const received = this.#channel.receive();
    if (received !== NOT_YET) return received;
    return new Promise((resolve, reject) => {
      const item = new PromisedItem<T>(resolve, reject, () => this.#pending.delete(item));
      this.#pending.add(item);
      this.#channel.queue.push(item);
    });
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#channel.ended();
  }
}

/** A `next` that waits. */
class PromisedItem<T> implements Waiter<Received<T>> {
  queue: object | null = null;
  before: Queued | null = null;
  after: Queued | null = null;
  readonly #resolve: (received: Received<T>) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onSettled: () => void;

  constructor(resolve: (received: Received<T>) => void, reject: (error: unknown) => void, onSettled: () => void) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onSettled = onSettled;
  }

  grant(received: Received<T>): void {
    this.#onSettled();
    this.#resolve(received);
  }

  refuse(error: unknown): void {
    this.#onSettled();
    this.#reject(error);
  }
}
