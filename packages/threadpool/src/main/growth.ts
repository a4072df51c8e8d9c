/** Whether waiting calls are worth another thread. */

import { WAKE_COST_US } from './cost-model.ts';

/**
 * Calls too cheap to start a thread for have waited so long that what keeps them from running must be a long one, in milliseconds:
 * about what a thread takes to start.
 */
const PATIENCE_MS = 20;

export interface GrowthOptions {
  /** Calls that wait. */
  readonly queued: () => number;
  /** There is work for so many more threads than take calls now. */
  readonly want: (threads: number) => void;
  /** Whether any thread takes calls, or will. */
  readonly hasThreads: () => boolean;
}

export class Growth {
  readonly #options: GrowthOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GrowthOptions) {
    this.#options = options;
  }

  /** So many calls wait and no thread has room for them. What each costs is infinite while unknown. */
  shortage(queued: number, perCallUs: number): void {
    const worth = Math.min(queued, Math.floor((queued * perCallUs) / WAKE_COST_US));
    if (worth >= 1) this.#options.want(worth);
    else if (!this.#options.hasThreads()) this.#options.want(1);
    else this.#timer ??= setTimeout(() => this.#lookAgain(), PATIENCE_MS).unref();
  }

  #lookAgain(): void {
    this.#timer = undefined;
    if (this.#options.queued() > 0) this.#options.want(1);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
