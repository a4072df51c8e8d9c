/** What a pool tells of itself, and the account that it keeps for that: by batch, so that a small task pays nothing measurable. */

import type { EventLoopUtilization } from 'node:perf_hooks';
import type { ExecutorStats } from '@heddle/core';
import type { Batch } from './batch.ts';
import { LogHistogram, type TimeDistribution } from './log-histogram.ts';
import { msSince } from './turn-clock.ts';

/** One thread of a pool. */
export interface ThreadStats {
  /** From 1, as in trace events. The number of a thread that died goes to its replacement. */
  readonly thread: number;
  /** Calls that were sent to it and have not ended. Calls that its tasks have spawned do not count. */
  readonly held: number;
  /** Whether it runs nothing; calls that wait for something aside. */
  readonly isIdle: boolean;
  /**
   * How busy its event loop has been since the thread started. For a stretch of time give two of them to
   * `performance.eventLoopUtilization(later, earlier)`. All zero while the thread starts.
   */
  readonly eventLoop: EventLoopUtilization;
}

/** What {@link ThreadPool.stats} tells. `queued` is the depth of the queue. */
export interface ThreadPoolStats extends ExecutorStats {
  /**
   * How long calls waited, in milliseconds: from the turn in which they were submitted until they were sent to a thread. Exact to
   * 1/64 ms. On the thread a call may wait for those that came before it, about 0.7 ms at most where they are short.
   */
  readonly waitMs: TimeDistribution;
  /**
   * How long calls ran, in milliseconds. For one that ends without waiting for anything: the time it occupied its thread; short
   * ones travel many at a time, and each counts as the mean of its message. For one that waits for something: from when it was sent
   * until its outcome was here. Calls that had to wait for their module to load are left out, and so are those that never began.
   */
  readonly runMs: TimeDistribution;
  /** In the order in which they became ready. */
  readonly threads: readonly ThreadStats[];
}

const US_PER_MS = 1000;

export class PoolTimes {
  readonly #waits = new LogHistogram();
  readonly #runs = new LogHistogram();

  /** A batch no longer occupies its thread; it did so for `us` microseconds, negative if not known. */
  retired(batch: Batch, us: number): void {
    const { size } = batch;
    // All may have been taken back.
    if (size === 0) return;
    this.#addWaits(batch);
    const ended = size - batch.remaining;
    batch.isTimed = us >= 0;
    if (batch.isTimed && ended > 0) this.#runs.add(us / size / US_PER_MS, ended);
  }

  /** A call has ended after its batch was retired. */
  endedLate({ isTimed, sentMs }: Batch, nowMs: number): void {
    if (isTimed) this.#runs.add(nowMs - sentMs, 1);
  }

  /** Calls that were submitted in one turn are neighbours, and count at once. */
  #addWaits({ items, sentMs }: Batch): void {
    let stamp = 0;
    let count = 0;
    for (const { queuedAt } of items) {
      if (queuedAt !== stamp && count > 0) {
        this.#waits.add(msSince(stamp, sentMs), count);
        count = 0;
      }
      stamp = queuedAt;
      count++;
    }
    this.#waits.add(msSince(stamp, sentMs), count);
  }

  get waitMs(): TimeDistribution {
    return this.#waits.distribution();
  }

  get runMs(): TimeDistribution {
    return this.#runs.distribution();
  }
}
