/** The batches that the pool has sent to this thread and that have not ended, and how long each has occupied it. */

import { itemsBetween } from '../occupancy-board.ts';
import type { AgentBatch } from './agent-batch.ts';

const MICROSECONDS_PER_MS = 1000;

/** In place of a time that says nothing about what calls cost. */
const NOT_MEASURED = -1;

/**
 * After so long, in milliseconds, the pool may send more to a thread that works on trees: so that what is submitted meanwhile begins
 * some time. Long against what a message costs.
 */
const ROOM_AFTER_MS = 20;

export class AgentBatches {
  /** Told that a batch no longer occupies the thread; its `runUs` says for how long it did. */
  readonly #onRetired: (batch: AgentBatch) => void;
  readonly #byId = new Map<number, AgentBatch>();
  /** Those that still want the thread, oldest first. */
  #active: AgentBatch[] = [];
  /** Since when the thread works for the oldest of them, in milliseconds. */
  #sinceMs = 0;
  /** The number of the next item to arrive. The pool counts along. */
  nextItem = 1;

  constructor(onRetired: (batch: AgentBatch) => void) {
    this.#onRetired = onRetired;
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  get(batchId: number): AgentBatch | undefined {
    return this.#byId.get(batchId);
  }

  add(batch: AgentBatch): void {
    if (this.#active.length === 0) this.#sinceMs = performance.now();
    this.nextItem = batch.numberOf(batch.size);
    this.#byId.set(batch.id, batch);
    this.#active.push(batch);
  }

  /** Cancels the items after the one of this number, of which none has begun. */
  cutAfter(number: number, reason: unknown): void {
    // Only they hold items that have not begun. Newest first, as within a batch.
    for (const batch of this.#active.toReversed()) batch.cutAfter(number, reason);
    this.nextItem = (number + 1) | 0;
  }

  /** Every item of the batch has ended. */
  ended(batch: AgentBatch, begun: number): void {
    this.#byId.delete(batch.id);
    if (batch.isRetired) return;
    const isFirst = batch === this.#active[0];
    // The time since is that of the batches before it, if it has had any.
    if (isFirst && batch.hasBegun(begun)) {
      this.#retire([batch]);
      return;
    }
    if (batch.hasBegun(begun)) for (const other of this.#active) other.isMixed = true;
    this.#leave(batch, NOT_MEASURED);
    this.#active = this.#active.filter((other) => other !== batch);
  }

  /** While nothing is ready, every batch here is parked, or waits for a module. */
  retireParked(): void {
    const parked = this.#active.filter((batch) => batch.waiting === 0);
    if (parked.length > 0) this.#retire(parked);
  }

  /** Makes room if all items have begun, and have had the thread for long enough. */
  retireLong(begun: number): void {
    if (this.#active.length === 0 || itemsBetween(begun, this.nextItem) > 1) return;
    if (performance.now() - this.#sinceMs >= ROOM_AFTER_MS) this.#retire(this.#active);
  }

  #retire(batches: readonly AgentBatch[]): void {
    const nowMs = performance.now();
    const items = batches.reduce((sum, batch) => sum + batch.size, 0);
    const perItemUs = ((nowMs - this.#sinceMs) * MICROSECONDS_PER_MS) / Math.max(1, items);
    this.#sinceMs = nowMs;
    for (const batch of batches) this.#leave(batch, batch.hasWaited || batch.isMixed || batch.size === 0 ? NOT_MEASURED : perItemUs * batch.size);
    this.#active = this.#active.filter((batch) => !batch.isRetired);
  }

  #leave(batch: AgentBatch, runUs: number): void {
    batch.isRetired = true;
    batch.runUs = runUs;
    this.#onRetired(batch);
  }
}
