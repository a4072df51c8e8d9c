import type { Call } from '@heddle/core';
import type { ChunkReport } from '../chunk-report.ts';
import { withIndex } from '../item-error.ts';
import type { Shipment } from './shipment.ts';

/** A call that goes to the executor as it is, because its options speak to the executor: a signal, a priority, a transfer list. */
export class LoneCall implements Shipment {
  readonly start: number;
  readonly length = 1;
  readonly #call: Call<unknown>;
  readonly #namesIndex: boolean;

  constructor(start: number, call: Call<unknown>, namesIndex: boolean) {
    this.start = start;
    this.#call = call;
    this.#namesIndex = namesIndex;
  }

  toCall(): Call<unknown> {
    return this.#call;
  }

  toReport(result: unknown): ChunkReport {
    return { count: 1, values: [result], elapsedMs: undefined, idleMs: 0 };
  }

  toError(error: unknown): unknown {
    return this.#namesIndex ? withIndex(error, this.start) : error;
  }

  slice(): Shipment {
    return this;
  }
}
