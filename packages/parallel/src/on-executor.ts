/** Running items on an executor: cuts them into chunks, keeps enough of them in flight, and learns from each what the next should be. */

import type { Executor } from '@heddle/core';
import { isThenable } from './awaitable.ts';
import type { ChunkReport } from './chunk-report.ts';
import { ChunkSize } from './chunk-size.ts';
import { InFlight } from './in-flight.ts';
import type { CheckedOptions } from './options.ts';
import { Run } from './run.ts';
import type { Shipment } from './shipments/shipment.ts';
import type { Source } from './source/source.ts';

/** What becomes of the items. */
export interface Plan<T> {
  /** Returns how many items starting with number `start` make a good chunk: at least 1, at most `size` unless that is 1. */
  fit(size: number, start: number): number;
  /** Makes shipments of neighbouring items, lazily: each is launched before the next one is asked for. */
  shipments(start: number, items: readonly T[]): Iterable<Shipment>;
  /** Takes the values of neighbouring items. */
  deliver(start: number, values: ArrayLike<unknown>): void;
}

/** Runs `plan` for all items of `source` on `executor`. */
export async function runOnExecutor<T>(source: Source<T>, plan: Plan<T>, executor: Executor, options: CheckedOptions): Promise<void> {
  await new Driver(source, plan, executor, options).run(options.signal);
}

class Driver<T> {
  readonly #source: Source<T>;
  readonly #plan: Plan<T>;
  readonly #executor: Executor;
  readonly #inFlight: InFlight;
  readonly #run: Run;
  readonly #chunkSize = new ChunkSize();
  /** Tails that chunks have handed back. Invariant: empty unless a chunk is under way, as each end of one launches from here first. */
  readonly #backlog: Shipment[] = [];
  /** Items that were launched and not handed back. */
  #launched = 0;

  constructor(source: Source<T>, plan: Plan<T>, executor: Executor, options: CheckedOptions) {
    this.#source = source;
    this.#plan = plan;
    this.#executor = executor;
    this.#inFlight = new InFlight(options.concurrency, () => this.#capacity);
    this.#run = new Run(source, options, () => this.#inFlight.limit);
  }

  async run(signal: AbortSignal | undefined): Promise<void> {
    await this.#run.conduct(signal, () => this.#feed());
  }

  get #capacity(): number {
    return Math.max(1, this.#executor.capacity);
  }

  /**
   * Reads and launches until the source ends or the run stops. Awaits only where there is something to wait for, so that what is
   * submitted together reaches the executor together.
   */
  async #feed(): Promise<void> {
    const run = this.#run;
    let start = 0;
    while (!run.mustWait || (await run.room())) {
      const taken = this.#source.take(this.#nextSize(start));
      const items = isThenable(taken) ? await taken : taken;
      if (items.length === 0) return;
      // Race: a tail that was handed back during the read may have taken the room.
      if (run.mustWait && !(await run.room())) return;
      for (const shipment of this.#plan.shipments(start, items)) {
        this.#launch(shipment);
        // Ordering: before the next shipment is made, because making it may start a promise.
        if (run.mustWait && !(await run.room())) return;
      }
      start += items.length;
    }
  }

  #nextSize(start: number): number {
    const { length } = this.#source;
    const remaining = length === undefined ? undefined : length - this.#launched;
    return this.#plan.fit(this.#chunkSize.next(remaining, this.#capacity), start);
  }

  #launch(shipment: Shipment): void {
    const toError = (error: unknown): unknown => shipment.toError(error);
    let handle;
    try {
      handle = this.#executor.submit(shipment.toCall());
    } catch (error) {
      throw toError(error);
    }
    this.#launched += shipment.length;
    this.#run.watch(handle, (result) => this.#ended(shipment, shipment.toReport(result)), toError);
  }

  #ended(shipment: Shipment, report: ChunkReport): void {
    const { count, elapsedMs, idleMs } = report;
    this.#plan.deliver(shipment.start, report.values);
    if (elapsedMs !== undefined) {
      this.#chunkSize.learn(count, elapsedMs);
      this.#inFlight.learn(elapsedMs, idleMs);
    }
    if (count < shipment.length) {
      this.#backlog.push(shipment.slice(count, shipment.length));
      this.#launched -= shipment.length - count;
    }
    this.#launchBacklog();
    this.#run.completed(count);
    this.#run.report();
  }

  #launchBacklog(): void {
    while (this.#run.hasRoom) {
      const tail = this.#backlog.pop();
      if (tail === undefined) return;
      const size = Math.min(this.#nextSize(tail.start), tail.length);
      if (size < tail.length) this.#backlog.push(tail.slice(size, tail.length));
      this.#launch(tail.slice(0, size));
    }
  }
}
