/** What a chunk sends back besides its values: how it went, for whoever decides on the next one. */

/** The outcome of a chunk. */
export interface ChunkReport {
  /** How many of its items have ended, at least 1; the tail after them was not touched. */
  readonly count: number;
  /** What the items came to; empty where nobody wants to know. */
  readonly values: ArrayLike<unknown>;
  /** How long the items took, in milliseconds. `undefined` where that was not measured. */
  readonly elapsedMs: number | undefined;
  /** For how much of that time the thread had nothing to do. */
  readonly idleMs: number;
}

/** A chunk that has run for longer than this hands back its tail, in milliseconds: four times what was aimed at, so the estimate was wrong. */
const LONGEST_MS = 8;

/** How often a chunk looks at the clock: at each of its first items, then at every eighth. A look costs as much as an await. */
const LOOK_EVERY = 8;

/** Times a chunk, where it runs. */
export class Stopwatch {
  readonly #startMs = performance.now();
  readonly #startIdleMs = idleMs();

  /** Whether a chunk of which `count` items have ended should hand back the rest. */
  isOver(count: number): boolean {
    if (count > LOOK_EVERY && count % LOOK_EVERY !== 0) return false;
    return performance.now() - this.#startMs > LONGEST_MS;
  }

  report(count: number, values: ArrayLike<unknown>): ChunkReport {
    return { count, values, elapsedMs: performance.now() - this.#startMs, idleMs: idleMs() - this.#startIdleMs };
  }
}

/** How long this thread's event loop has waited for events since it began. 0 on hosts that do not tell. */
function idleMs(): number {
  const host: { eventLoopUtilization?: () => { idle: number } } = performance;
  return host.eventLoopUtilization?.().idle ?? 0;
}
