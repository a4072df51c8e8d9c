/**
 * Ends threads that are stuck: in a step of a task that was cancelled and has used up its grace, or of a loan whose lender has
 * died. A thread that computes for somebody else is left alone, however long it takes.
 */

import { systemClock } from '@heddle/core';
import { ANSWER_MARGIN_MS } from '../grace.ts';
import type { Occupant, OccupancyBoard } from '../occupancy-board.ts';
import type { AgentThread } from './agent-thread.ts';
import type { PoolTask } from './pool-task.ts';

/** An agent that steps nothing and leaves so many questions in a row without an answer is stuck outside of a step. */
const MAX_UNANSWERED_PINGS = 2;

export interface WatchdogOptions {
  readonly graceMs: number;
  readonly board: OccupancyBoard;
  /** The threads that have an agent. */
  readonly threads: Pick<ReadonlyMap<AgentThread, unknown>, 'size' | 'keys'>;
  readonly terminate: (thread: AgentThread, why: string) => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  /** When the grace is over for the loans of threads that died, by incarnation. */
  readonly #orphanedAt = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /**
   * The thread holds a task that should have ended. To be called again and again until it has.
   *
   * @param culprit the task, where it is one of the pool's own
   */
  check(thread: AgentThread, { owner, number }: Occupant, what: string, culprit?: PoolTask): void {
    const occupant = this.#options.board.occupant(thread.number);
    if (occupant.owner === owner && occupant.number === number) {
      this.#terminate(thread, what, culprit);
    } else if (occupant.owner !== 0) {
      // It steps another task, so it will look at the cancellation only later.
      thread.unansweredPings = 0;
    } else if (thread.unansweredPings >= MAX_UNANSWERED_PINGS) {
      this.#terminate(thread, what, culprit);
    } else {
      thread.ping();
    }
  }

  #terminate(thread: AgentThread, what: string, culprit?: PoolTask): void {
    thread.culprit ??= culprit;
    this.#options.terminate(thread, `it was ended because ${what} and had not ended after a grace of ${this.#options.graceMs} ms`);
  }

  /** A thread has died; what others run for it has to end. */
  lost({ incarnation }: AgentThread): void {
    if (this.#options.threads.size === 0) return;
    this.#orphanedAt.set(incarnation, systemClock.now() + this.#options.graceMs + ANSWER_MARGIN_MS);
    this.#timer ??= setInterval(() => this.#lookForOrphans(), ANSWER_MARGIN_MS).unref();
  }

  #lookForOrphans(): void {
    for (const thread of this.#options.threads.keys()) {
      const endMs = this.#orphanedAt.get(this.#options.board.occupant(thread.number).owner);
      if (endMs !== undefined && systemClock.now() >= endMs) this.#terminate(thread, 'it ran a task for a thread that was lost, which was cancelled');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
