/**
 * Which threads there are: starting, replacing, ending them. How one is started is in `thread-starter.ts`, Piscina's
 * part in `hosted-thread.ts`, what travels to the agent on it in `agent-thread.ts`.
 *
 * A thread is *starting* until its agent is up, then it takes calls (*ready*) or waits beside those that do (*spare*), and in the
 * end it is *leaving*: it finishes what it holds. All of them are *live* until they have exited and their last message was read.
 */

import type { EventLoopUtilization } from 'node:perf_hooks';
import { systemClock } from '@heddle/core';
import { decodeThrown, describe, type EncodedThrown } from '@heddle/core/engine';
import { ANSWER_MARGIN_MS } from '../grace.ts';
import { ToPool, type AgentConfig } from '../protocol.ts';
import { AgentThread } from './agent-thread.ts';
import type { HostedThread, WorkerSettings } from './hosted-thread.ts';
import type { Recycling } from './recycling.ts';
import type { BudgetAccount, ThreadBudget } from './thread-budget.ts';
import type { ThreadCount } from './thread-range.ts';
import { ThreadStarter, type ThreadEvents } from './thread-starter.ts';

/** So many threads in a row may end before they are up; then no other is started, because it would end too. */
const MAX_FAILED_STARTS = 3;

export interface ThreadsOptions {
  readonly count: ThreadCount;
  readonly spare: number;
  readonly recycle: Recycling;
  readonly budget: ThreadBudget | null;
  readonly graceMs: number;
  /** Whether threads take calls from each other. */
  readonly steals: boolean;
  readonly hasInit: boolean;
  /** The time limit of the init hook. */
  readonly initTimeoutMs: number;
  readonly hasTeardown: boolean;
  readonly worker: WorkerSettings;
  /** Makes the configuration of the thread's agent. */
  readonly configure: (thread: AgentThread) => AgentConfig;
}

export interface ThreadsListener {
  threadReady(thread: AgentThread): void;
  message(thread: AgentThread, message: readonly unknown[]): void;
  /** A thread has died. */
  threadLost(thread: AgentThread, cause: unknown): void;
  /** A thread has ended that held nothing any more. */
  threadLeft(thread: AgentThread): void;
  /** No thread is left and none can be started. */
  broken(cause: unknown): void;
}

export class Threads {
  /** The threads that take calls. */
  readonly ready = new Set<AgentThread>();
  /** All that have not exited. */
  readonly live = new Map<AgentThread, HostedThread>();
  readonly #starting = new Set<AgentThread>();
  readonly #spares = new Set<AgentThread>();
  /** The thread that each of these is to replace once it is up. */
  readonly #successors = new Map<AgentThread, AgentThread>();
  readonly #options: ThreadsOptions;
  readonly #listener: ThreadsListener;
  readonly #starter: ThreadStarter;
  readonly #account: BudgetAccount | null;
  #count: ThreadCount;
  /** How many threads are to take calls at present. Invariant: between `min` and `max`. */
  #target: number;
  /** Of every thread: settles when it is no longer live. */
  readonly #ends = new Map<AgentThread, Promise<void>>();
  /** Threads in a row that ended before they were up. */
  #failedStarts = 0;
  #lastError: unknown;
  #isClosing = false;

  constructor(options: ThreadsOptions, listener: ThreadsListener) {
    this.#options = options;
    this.#listener = listener;
    this.#count = options.count;
    this.#target = options.count.min;
    this.#account = options.budget?.open({ granted: () => this.#balance(), release: () => this.#release() }) ?? null;
    this.#starter = new ThreadStarter({ account: this.#account, worker: options.worker, configure: options.configure }, this.#events);
  }

  readonly #events: ThreadEvents = {
    message: (thread, message) => {
      this.#listener.message(thread, message);
    },
    failed: (thread, why, error) => {
      this.terminate(thread, `${why} (${error instanceof Error ? error.message : describe(error)})`);
    },
    exited: (thread) => {
      this.#takeOut(thread);
    },
    ended: (thread, cause) => {
      this.#ended(thread, cause);
    },
  };

  /**
   * Starts the first threads.
   *
   * @throws {Error} of Node when it refuses an option, such as a flag that it does not know
   */
  open(): void {
    try {
      while (this.#missing > 0 && this.#start() !== undefined);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  // -- how many --

  get count(): ThreadCount {
    return this.#count;
  }

  /** Whether there may be more or fewer threads than there are. */
  get isElastic(): boolean {
    return this.#count.min < this.#count.max;
  }

  /** Whether more threads may be started for spawned calls that wait. */
  get wantsCrowding(): boolean {
    return this.isElastic && this.#options.steals;
  }

  /** From now on the pool has so many threads. Settles when those that are too many have ended. */
  async resize(count: ThreadCount): Promise<void> {
    this.#count = count;
    this.#target = Math.min(count.max, Math.max(count.min, this.#target));
    for (const thread of this.live.keys()) thread.tellCrowding(this.wantsCrowding);
    const leaving = this.#balance();
    await Promise.all(leaving.map(async (thread) => await this.#ends.get(thread)));
  }

  /** Whether any thread takes calls, or will. */
  get hasAny(): boolean {
    return this.ready.size > 0 || this.#starting.size > 0;
  }

  /** There is work for so many more threads than take calls now. */
  want(threads: number): void {
    this.#setTarget(Math.max(this.#target, this.ready.size + threads));
  }

  /** The thread has had nothing to do for a while. @returns whether others may end too */
  idle(thread: AgentThread): boolean {
    if (this.#target <= this.#count.min) return false;
    this.#leave(thread);
    this.#setTarget(this.#target - 1);
    return true;
  }

  /** Gives up a thread, because another pool needs it more. @returns whether one will end */
  #release(): boolean {
    if (this.#target <= Math.max(1, this.#count.min)) return false;
    const [spare] = this.#spares;
    if (spare !== undefined) this.#leave(spare);
    this.#target--;
    return this.#balance().length > 0 || spare !== undefined;
  }

  #setTarget(threads: number): void {
    this.#target = Math.min(this.#count.max, threads);
    this.#balance();
  }

  /** Threads to start. */
  get #missing(): number {
    return this.#target + this.#options.spare - this.ready.size - this.#spares.size - this.#starting.size;
  }

  /** Starts what is missing and lets go what is too many. @returns those that leave */
  #balance(): AgentThread[] {
    if (this.#isClosing) return [];
    this.#promote();
    while (this.#missing > 0 && this.#tryStart() !== undefined);
    const leaving: AgentThread[] = [];
    while (this.ready.size > this.#target) leaving.push(this.#leastBusy());
    for (const thread of [...this.#spares, ...this.#starting].slice(0, Math.max(0, -this.#missing - this.#successors.size))) leaving.push(thread);
    for (const thread of leaving) this.#leave(thread);
    return leaving;
  }

  #promote(): void {
    for (const thread of this.#spares) {
      if (this.ready.size >= this.#target) return;
      this.#spares.delete(thread);
      this.#join(thread);
    }
  }

  #leastBusy(): AgentThread {
    let best: AgentThread | undefined;
    for (const thread of this.ready) if (best === undefined || burden(thread) < burden(best)) best = thread;
    // Invariant: called while there are more than enough.
    const found = best!;
    this.ready.delete(found);
    return found;
  }

  // -- starting --

  /** @returns the thread; `undefined` when there can be none at present */
  #tryStart(): AgentThread | undefined {
    if (this.#failedStarts >= MAX_FAILED_STARTS) return undefined;
    try {
      return this.#start();
    } catch (error) {
      this.#failedStarts++;
      this.#lastError = error;
      this.#checkAlive();
      return undefined;
    }
  }

  #start(): AgentThread | undefined {
    const started = this.#starter.start();
    if (started === undefined) return undefined;
    const { thread, host, end } = started;
    this.live.set(thread, host);
    this.#ends.set(thread, end);
    thread.itemsLeft = this.#options.recycle.tasks;
    thread.spent = () => {
      this.#leave(thread);
      this.#balance();
    };
    this.#starting.add(thread);
    // Messages wait in the port until the agent reads them. So while no other thread is up, this one takes calls from now on.
    if (!this.#options.hasInit && this.ready.size < this.#target && !this.#isAnyUp) this.#place(thread);
    return thread;
  }

  get #isAnyUp(): boolean {
    for (const { isUp } of this.ready) if (isUp) return true;
    return false;
  }

  /** Gives a thread that has started its place. */
  #place(thread: AgentThread): void {
    if (!this.#starting.delete(thread)) return;
    const predecessor = this.#successors.get(thread);
    this.#successors.delete(thread);
    if (predecessor !== undefined) this.#leave(predecessor);
    if (this.ready.size < this.#target) this.#join(thread);
    else this.#spares.add(thread);
  }

  #join(thread: AgentThread): void {
    if (this.#options.steals) for (const other of this.ready) AgentThread.connect(thread, other);
    this.ready.add(thread);
    this.#listener.threadReady(thread);
  }

  // -- what threads tell of themselves --

  told(thread: AgentThread, kind: number, detail: unknown): void {
    switch (kind) {
      case ToPool.Ready:
        this.#up(thread);
        break;
      case ToPool.InitFailed:
        this.#initFailed(thread, decodeThrown(detail as EncodedThrown));
        break;
      case ToPool.SettingUp:
        this.#limitInit(thread);
        break;
      case ToPool.TearingDown:
        this.#limitTeardown(thread);
        break;
      case ToPool.Left:
        this.#left(thread, detail);
        break;
      case ToPool.Crowded:
        this.want(detail as number);
        break;
      case ToPool.HeapFull:
        this.#replace(thread);
        break;
    }
  }

  #up(thread: AgentThread): void {
    thread.isUp = true;
    this.#failedStarts = 0;
    this.#place(thread);
    this.#balance();
  }

  /** The thread watches the time too, but cannot while the hook computes. */
  #limitInit(thread: AgentThread): void {
    const { initTimeoutMs, graceMs } = this.#options;
    this.#unlessUp(thread, initTimeoutMs + graceMs, () => {
      thread.failure ??= new Error(`its init hook had not ended after ${initTimeoutMs} ms and a grace of ${graceMs} ms`);
      // Ordering: the failure counts before another thread is started.
      void this.live.get(thread)?.end();
    });
  }

  /** Does something if the thread has neither come up nor ended by then. */
  #unlessUp(thread: AgentThread, delayMs: number, action: () => void): void {
    const cancelTimer = systemClock.setTimer(() => {
      if (!thread.isUp) action();
    }, delayMs + ANSWER_MARGIN_MS);
    void this.#ends.get(thread)?.then(cancelTimer);
  }

  #initFailed(thread: AgentThread, error: unknown): void {
    const text = error instanceof Error ? error.message : describe(error);
    thread.failure = new Error(`its init hook failed: ${text}`, { cause: error });
    void this.live.get(thread)?.end();
  }

  /** Its heap has become too large: it goes once another has taken its place, or at once if there can be no other beside it. */
  #replace(thread: AgentThread): void {
    if (!this.ready.has(thread) || [...this.#successors.values()].includes(thread)) return;
    const successor = this.#spares.size > 0 || this.#failedStarts > 0 ? undefined : this.#tryStart();
    if (successor !== undefined) {
      this.#successors.set(successor, thread);
    } else if (this.#failedStarts === 0) {
      this.#leave(thread);
      this.#balance();
    }
  }

  // -- ending --

  /** Takes no more calls, finishes what it holds, and ends. */
  #leave(thread: AgentThread): void {
    this.#takeOut(thread);
    thread.leave();
    if (thread.isUp || !thread.isEmpty) return;
    // It leaves once it is up; perhaps it never will be.
    this.#unlessUp(thread, this.#options.graceMs, () => {
      thread.hasLeft = true;
      void this.live.get(thread)?.end();
    });
  }

  #takeOut(thread: AgentThread): void {
    this.ready.delete(thread);
    this.#spares.delete(thread);
    this.#starting.delete(thread);
    this.#successors.delete(thread);
  }

  /** The teardown hook has begun. */
  #limitTeardown(thread: AgentThread): void {
    const { graceMs } = this.#options;
    const cancelTimer = systemClock.setTimer(() => {
      this.terminate(thread, `its teardown hook had not ended after ${graceMs} ms`);
    }, graceMs + ANSWER_MARGIN_MS);
    void this.#ends.get(thread)?.then(cancelTimer);
  }

  #left(thread: AgentThread, error: unknown): void {
    thread.hasLeft = true;
    if (error !== 0) {
      const thrown = decodeThrown(error as EncodedThrown);
      process.emitWarning(`The teardown hook of thread ${thread.number} failed: ${thrown instanceof Error ? String(thrown) : describe(thrown)}`, 'HeddleWarning');
    }
    void this.live.get(thread)?.end();
  }

  /** How busy the thread's event loop has been since it started. */
  eventLoopOf(thread: AgentThread): EventLoopUtilization {
    return this.live.get(thread)?.worker.performance.eventLoopUtilization() ?? { idle: 0, active: 0, utilization: 0 };
  }

  /** Ends a thread at once. It is replaced. */
  terminate(thread: AgentThread, why: string): void {
    thread.failure ??= new Error(why);
    this.#takeOut(thread);
    void this.live.get(thread)?.end();
    this.#balance();
  }

  #ended(thread: AgentThread, cause: unknown): void {
    this.live.delete(thread);
    this.#ends.delete(thread);
    if (this.#isClosing) return;
    if (thread.hasLeft) {
      this.#listener.threadLeft(thread);
    } else {
      // One that was up may be replaced, whatever happened before.
      this.#failedStarts = thread.isUp ? Math.min(this.#failedStarts, MAX_FAILED_STARTS - 1) : this.#failedStarts + 1;
      this.#lastError = cause;
      this.#listener.threadLost(thread, cause);
    }
    this.#balance();
    this.#checkAlive();
  }

  #checkAlive(): void {
    if (this.#isClosing || this.live.size > 0 || this.#failedStarts < MAX_FAILED_STARTS) return;
    this.#listener.broken(this.#lastError);
  }

  /** Ends every thread, after its teardown hook, and waits until they have. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#account?.close();
    if (this.#options.hasTeardown) await this.#tearDown();
    for (const thread of this.live.keys()) {
      thread.close((message) => {
        this.#listener.message(thread, message);
      });
    }
    this.ready.clear();
    await Promise.all(Array.from(this.live.values(), (host) => host.end()));
    await Promise.all(this.#ends.values());
  }

  /** Lets every thread run its teardown hook, for as long as the grace period allows. */
  async #tearDown(): Promise<void> {
    for (const thread of this.live.keys()) this.#leave(thread);
    let cancelTimer: (() => void) | undefined;
    const tooLate = new Promise<void>((resolve) => {
      cancelTimer = systemClock.setTimer(resolve, this.#options.graceMs + ANSWER_MARGIN_MS);
    });
    await Promise.race([Promise.all(this.#ends.values()), tooLate]);
    cancelTimer?.();
  }
}

/** What ending the thread would hold up, in microseconds; less than nothing if it holds nothing. */
function burden(thread: AgentThread): number {
  return thread.isEmpty ? -1 : thread.expectedUs;
}
