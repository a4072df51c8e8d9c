/** A turn of the host's event loop, so that a long run lets timers fire: a signal's time-out among them. */

/** How long a run goes on before it lets the event loop have a turn: half a frame of a page, and far above what a turn costs (2 µs). */
const SLICE_MS = 8;

/** Keeps track of when the event loop last had its turn. */
export class EventLoopTurn {
  #lastMs = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#lastMs >= SLICE_MS;
  }

  /** Settles in a later turn of the event loop. */
  async take(): Promise<void> {
    await new Promise<void>((resolve) => {
      // Browsers have no setImmediate.
      if (typeof setImmediate === 'function') setImmediate(resolve);
      else setTimeout(resolve, 0);
    });
    this.#lastMs = performance.now();
  }
}
