/** What an agent has to tell the pool, collected until the thread's turn ends, so that many results travel in one message. */

import type { MessagePort } from 'node:worker_threads';
import { RECORD_LENGTH } from '../protocol.ts';

export class Outbox {
  readonly #port: MessagePort;
  /** Replaces a record that cannot be copied by one that can. */
  readonly #replace: (record: readonly unknown[], cause: unknown) => unknown[];
  #records: unknown[] = [];

  /** @param port where messages go */
  constructor(port: Pick<MessagePort, 'postMessage'>, replace: (record: readonly unknown[], cause: unknown) => unknown[]) {
    this.#port = port as MessagePort;
    this.#replace = replace;
  }

  /** The record under construction: push exactly as many elements as its kind takes. */
  get records(): unknown[] {
    return this.#records;
  }

  flush(): void {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    try {
      this.#port.postMessage(records);
    } catch {
      this.#sendOneByOne(records);
    }
  }

  /**
   * Sends a record at once.
   *
   * @throws what the structured clone throws when it cannot be copied
   */
  sendNow(record: readonly unknown[]): void {
    this.flush();
    this.#port.postMessage(record);
  }

  /** Something in the message cannot be copied: alone, each record shows whether it is the one. */
  #sendOneByOne(records: readonly unknown[]): void {
    for (let at = 0; at < records.length; ) {
      // Invariant: only records of known kinds are pushed.
      const length = RECORD_LENGTH[records[at] as number]!;
      const record = records.slice(at, at + length);
      at += length;
      try {
        this.#port.postMessage(record);
      } catch (cause) {
        this.#port.postMessage(this.#replace(record, cause));
      }
    }
  }
}
