/** What an agent has to tell the pool, collected until the thread's turn ends, so that many results travel in one message. */

import type { MessagePort, Transferable } from 'node:worker_threads';
import { movedParts } from '@heddle/core/engine';
import { COUNT_AT, recordLength, ToPool } from '../protocol.ts';
import { addMoved } from '../transfer.ts';
import type { ResultCopies } from './result-copies.ts';

/** No `Done` record is open. */
const NONE = -1;

const US_PER_MS = 1000;

export class Outbox {
  readonly #port: MessagePort;
  /** Replaces a record that cannot be copied by one that can. */
  readonly #replace: (record: readonly unknown[], cause: unknown) => unknown[];
  readonly #copies: ResultCopies | null;
  #records: unknown[] = [];
  /** Of the values in it, those of which a task has said that something moves. */
  #moving: unknown[] | null = null;
  /** Where the last record begins, if it is one of values that may go on. */
  #runAt = NONE;
  /** What it goes on with. */
  #runBatch = 0;
  #runNext = 0;

  /** @param port where messages go */
  constructor(port: Pick<MessagePort, 'postMessage'>, replace: (record: readonly unknown[], cause: unknown) => unknown[], copies: ResultCopies | null = null) {
    this.#port = port as MessagePort;
    this.#replace = replace;
    this.#copies = copies;
  }

  /** Adds a record, as it is laid out in `protocol.ts`. */
  push(...record: readonly unknown[]): void {
    this.#runAt = NONE;
    this.#records.push(...record);
  }

  /** Adds that an item has ended with a value. Items that end one after the other share a record. */
  done(batchId: number, index: number, value: unknown): void {
    const records = this.#records;
    if (movedParts(value) !== undefined) (this.#moving ??= []).push(value);
    if (this.#runAt === NONE || this.#runBatch !== batchId || this.#runNext !== index) {
      this.#runAt = records.length;
      this.#runBatch = batchId;
      records.push(ToPool.Done, batchId, index, 1, value);
    } else {
      (records[this.#runAt + COUNT_AT] as number)++;
      records.push(value);
    }
    this.#runNext = index + 1;
  }

  /** Adds a record before all others. */
  putFirst(...record: readonly unknown[]): void {
    this.#runAt = NONE;
    this.#records.unshift(...record);
  }

  flush(): void {
    if (this.#records.length === 0) return;
    const records = this.#records;
    const moving = this.#moving;
    this.#records = [];
    this.#moving = null;
    this.#runAt = NONE;
    try {
      const transfer = moving === null ? undefined : transferOf(moving);
      if (this.#copies === null) this.#port.postMessage(records, transfer);
      else this.#sendTimed(records, transfer, this.#copies);
    } catch {
      this.#sendOneByOne(records);
    }
  }

  #sendTimed(records: readonly unknown[], transfer: readonly Transferable[] | undefined, copies: ResultCopies): void {
    const beforeMs = performance.now();
    this.#port.postMessage(records, transfer);
    const costly = copies.sent(records, (performance.now() - beforeMs) * US_PER_MS);
    if (costly !== null) this.#port.postMessage([ToPool.CostlyResults, costly.definition.id, costly.copyUs / US_PER_MS, costly.runUs / US_PER_MS]);
  }

  /**
   * Sends a record at once.
   *
   * @param value what of the record may have parts that move
   * @throws what the structured clone throws when it cannot be copied
   */
  sendNow(record: readonly unknown[], value?: unknown): void {
    this.flush();
    this.#port.postMessage(record, transferOf([value]));
  }

  /** Something in the message cannot be copied: alone, each record shows whether it is the one. */
  #sendOneByOne(records: readonly unknown[]): void {
    for (let at = 0; at < records.length; at += recordLength(records, at)) {
      const record = records.slice(at, at + recordLength(records, at));
      const [kind, batchId, first] = record;
      if (kind !== ToPool.Done) this.#sendOne(record);
      else record.slice(COUNT_AT + 1).forEach((value, offset) => this.#sendOne([ToPool.Done, batchId, (first as number) + offset, 1, value]));
    }
  }

  #sendOne(record: readonly unknown[]): void {
    try {
      this.#port.postMessage(record, transferOf(record.slice(COUNT_AT + 1)));
    } catch (cause) {
      this.#port.postMessage(this.#replace(record, cause));
    }
  }
}

/** @throws {TypeError} when something was moved away before */
function transferOf(values: readonly unknown[]): Transferable[] {
  const list: Transferable[] = [];
  for (const value of values) addMoved(list, value);
  return list;
}
