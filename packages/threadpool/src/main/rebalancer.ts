/**
 * Sees to it that no call waits behind another one while a thread could run it: takes back what a busy thread has not begun.
 *
 * - A thread with nothing to do gets half of what the busiest one has not begun, if that is expected to be worth a wake-up.
 * - A thread that steps and has begun nothing new for a while is *stalled*: one of its calls takes much longer than calls of its
 *   task were known to. So is one that is still starting. All that it has not begun goes elsewhere, and it gets no more until it is
 *   heard of again. A thread that was idle and does not step yet is not: another one would have to wake up, too.
 *
 * How an item is taken back without waiting for the thread's answer: `../DESIGN.md`.
 */

import type { OccupancyBoard } from '../occupancy-board.ts';
import type { AgentThread } from './agent-thread.ts';
import { WAKE_COST_US } from './cost-model.ts';
import type { PoolTask } from './pool-task.ts';

/** How long a thread may step and begin nothing, in milliseconds, before it counts as stalled: longer than a call should take that others were sent with. */
const STALL_MS = 2;

/** The same where a call among many short ones is known to take long now and then. */
const ERRATIC_STALL_MS = 1;

/** What an idle thread takes must be worth its wake-up and the other's bother, in microseconds. */
const WORTH_TAKING_US = 2 * WAKE_COST_US;

/** How much of what a busy thread has not begun an idle one gets: both are through at the same time. */
const FAIR_SHARE = 0.5;

interface RebalancerOptions {
  readonly board: OccupancyBoard;
  /** The threads that take calls. */
  readonly threads: ReadonlySet<AgentThread>;
  /** Sends calls that were taken back elsewhere. */
  readonly putBack: (tasks: readonly PoolTask[]) => void;
}

export class Rebalancer {
  readonly #options: RebalancerOptions;
  /** What each thread had begun at the last look. */
  readonly #begunAt = new Map<AgentThread, number>();
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #isWatching = false;

  constructor(options: RebalancerOptions) {
    this.#options = options;
  }

  /** Takes work for threads that have nothing to do from one that has too much. */
  takeForIdle(): readonly PoolTask[] {
    const { board, threads } = this.#options;
    let busiest: AgentThread | undefined;
    let mostUs = WORTH_TAKING_US / FAIR_SHARE;
    for (const thread of threads) {
      if (thread.isIdle) continue;
      const us = thread.unbegunUs(board);
      if (us < mostUs) continue;
      busiest = thread;
      mostUs = us;
    }
    if (busiest === undefined) return [];
    if (busiest.unbegun(board) >= 2) return busiest.takeBack(board, FAIR_SHARE);
    // A single one is left alone where it is the next to run.
    return busiest.hasAnother ? busiest.takeBack(board, 1) : [];
  }

  /** Looks out for stalled threads for as long as any thread holds items that it has not begun. To be called whenever calls were sent. */
  watch(): void {
    if (this.#isWatching || !this.#isWorthWatching()) return;
    this.#isWatching = true;
    this.#noteProgress();
    this.#lookIn(this.#isAnyErratic() ? ERRATIC_STALL_MS : STALL_MS);
  }

  #isAnyErratic(): boolean {
    for (const thread of this.#options.threads) if (thread.isErratic) return true;
    return false;
  }

  #lookIn(ms: number): void {
    if (this.#timer !== undefined && this.#timerMs === ms) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timerMs = ms;
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #isWorthWatching(): boolean {
    const { board, threads } = this.#options;
    if (threads.size < 2) return false;
    for (const thread of threads) if (thread.unbegun(board) > 0) return true;
    return false;
  }

  #noteProgress(): void {
    const { board, threads } = this.#options;
    this.#begunAt.clear();
    for (const thread of threads) this.#begunAt.set(thread, board.begun(thread.number));
  }

  #look(): void {
    this.#isWatching = false;
    const stalled: AgentThread[] = [];
    let canOthers = false;
    for (const thread of this.#options.threads) {
      if (this.#isStalled(thread)) stalled.push(thread);
      else canOthers = true;
    }
    const taken = canOthers ? stalled.flatMap((thread) => this.#takeAll(thread)) : [];
    if (taken.length > 0) this.#options.putBack(taken);
    this.watch();
  }

  #isStalled(thread: AgentThread): boolean {
    if (thread.isStalled || !thread.hasAnswered) return true;
    const { board } = this.#options;
    const isStepping = !thread.isIdle && board.occupant(thread.number).owner !== 0;
    return isStepping && this.#begunAt.get(thread) === board.begun(thread.number);
  }

  #takeAll(thread: AgentThread): PoolTask[] {
    const { board } = this.#options;
    // Also where it holds nothing else: what is sent to it now would wait as well.
    thread.isStalled = !thread.isIdle;
    return thread.unbegun(board) === 0 ? [] : thread.takeBack(board, 1);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#isWatching = true;
  }
}
