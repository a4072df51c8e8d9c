import type { Call } from '@heddle/core';
import type { ChunkReport } from '../chunk-report.ts';

/** Neighbouring items on their way to an executor as one task. */
export interface Shipment {
  /** The index of the first item. */
  readonly start: number;
  readonly length: number;
  /** Makes the call to submit. */
  toCall(): Call<unknown>;
  /** Reads what the call came to. */
  toReport(result: unknown): ChunkReport;
  /** Makes of an error of the call, or of submitting it, the one that users should see. */
  toError(error: unknown): unknown;
  /** Returns items `from` up to `to`, counted from the first one, as a shipment of their own. */
  slice(from: number, to: number): Shipment;
}
