/** What a mapper returned that need not, or cannot, leave the thread: awaited as it is by a local task. */

import { isCall, NotPortableError, task, type Call } from '@heddle/core';
import { describe } from '@heddle/core/engine';
import type { ChunkReport } from '../chunk-report.ts';
import { runItems, type ItemList } from './run-items.ts';
import type { Shipment } from './shipment.ts';

const runLocalChunk = task(function* localChunk(list: ItemList) {
  return yield* runItems(list);
});

export class LocalChunk implements Shipment {
  readonly start: number;
  readonly #awaitables: readonly unknown[];
  readonly #namesIndex: boolean;
  readonly #keepsValues: boolean;

  constructor(start: number, awaitables: readonly unknown[], namesIndex: boolean, keepsValues: boolean) {
    this.start = start;
    this.#awaitables = awaitables;
    this.#namesIndex = namesIndex;
    this.#keepsValues = keepsValues;
  }

  get length(): number {
    return this.#awaitables.length;
  }

  toCall(): Call<unknown> {
    const start = this.#namesIndex ? this.start : undefined;
    return runLocalChunk({ size: this.length, start, keepsValues: this.#keepsValues, nth: (n) => this.#awaitables[n] });
  }

  toReport(result: unknown): ChunkReport {
    return result as ChunkReport;
  }

  toError(error: unknown): unknown {
    return explainNotPortable(error, 'the mapper to return a call of a portable task, such as (n) => fib(n)', this.#awaitables[0]);
  }

  slice(from: number, to: number): Shipment {
    return new LocalChunk(this.start + from, this.#awaitables.slice(from, to), this.#namesIndex, this.#keepsValues);
  }
}

/** Executors that leave the thread refuse our local chunk; what is at fault is what the user put into it. */
export function explainNotPortable(error: unknown, expected: string, culprit: unknown): unknown {
  if (!(error instanceof NotPortableError)) return error;
  const got = isCall(culprit) ? `a call of the task ${culprit.task.id}` : describe(culprit);
  return new NotPortableError(`Expected ${expected}, because this executor runs tasks on other threads; got ${got}`, { cause: error });
}
