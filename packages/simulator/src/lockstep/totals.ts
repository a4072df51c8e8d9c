/** What a run on virtual threads came to. */

/** Counts of a run. A tick of `work` counts as an instruction. */
export interface ScheduleTotals {
  readonly instructions: number;
  /** Instructions of each thread; thread 1 is at index 0. */
  readonly byThread: readonly number[];
  /** Iterations over the queue under the multiplexer rule, else rounds in which some thread ended an instruction. */
  readonly rounds: number;
  /** Virtual time from the first instruction to the last, both included, in ticks. */
  readonly ticks: number;
  /** Instructions a tick: how much faster than one thread with the same instructions and no waiting. 0 when nothing ran. */
  readonly speedUp: number;
}

export class Totals implements ScheduleTotals {
  readonly byThread: number[];
  rounds = 0;
  instructions = 0;
  #firstTick = 0;
  #lastTick = -1;

  constructor(threads: number) {
    this.byThread = Array.from({ length: threads }, () => 0);
  }

  /** Counts a visit that ended at `tick`. */
  count(thread: number, tick: number, workTicks: number, iteration: number | undefined): void {
    const startTick = tick - workTicks;
    this.#firstTick = this.instructions === 0 ? startTick : Math.min(this.#firstTick, startTick);
    this.instructions += 1 + workTicks;
    this.byThread[thread - 1] = (this.byThread[thread - 1] ?? 0) + 1 + workTicks;
    this.rounds = iteration ?? (tick === this.#lastTick ? this.rounds : this.rounds + 1);
    this.#lastTick = tick;
  }

  get ticks(): number {
    return this.#lastTick - this.#firstTick + 1;
  }

  get speedUp(): number {
    return this.instructions === 0 ? 0 : this.instructions / this.ticks;
  }

  /** A copy that does not change any more. */
  snapshot(): ScheduleTotals {
    const { instructions, rounds, ticks, speedUp } = this;
    return { instructions, byThread: [...this.byThread], rounds, ticks, speedUp };
  }
}
