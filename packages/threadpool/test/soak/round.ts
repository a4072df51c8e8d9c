/** One pool, from its making to its end, with everything going wrong that its weather lets go wrong. */

import { getEventListeners } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { task, type Call, type TaskHandle } from '@heddle/core';
import { fifo, lifo, priority } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';
import { weave, weaveAgain, weaveAsync, weavePlain } from '../fixtures/soak-tasks.js';
import { leftovers } from '../leftovers.ts';
import { findFlaw } from './model.ts';
import { isFatal, makePlan, type Plan, type Weather } from './plan.ts';
import type { Random } from './random.ts';

const missing = task({ url: new URL('./no-such-module.js', import.meta.url).href } as ImportMeta, 'missing', () => 1);

const BODIES = { weave, weaveAgain, weaveAsync, weavePlain };

/** Far above what a round takes, on a busy machine too. */
const GUARD_MS = 120_000;

/** More than closing a port takes. */
const TURNS_TO_CLOSE = 10;

/** So many turns of the event loop go by while a tree of calls runs. */
const MOST_TURNS_OF_A_TREE = 300;

/** How a round ends: by finishing, or by a deadline, after everything was submitted or in the middle. */
const ENDINGS = ['finish', 'finish', 'deadline', 'early deadline'] as const;

interface Attempt {
  readonly plan: Plan;
  readonly handle: TaskHandle<unknown>;
  /** How often its promise has settled. */
  settled: number;
  /** Whether it ended at once when it was cancelled: then it must never run. */
  neverRuns: boolean;
  wasCancelled: boolean;
}

export class Round {
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #size: number;
  readonly #kills: number;
  /** How often each call has run; in the last cell, how many children have run elsewhere than their parents. */
  readonly #memory: SharedArrayBuffer;
  readonly #controller = new AbortController();
  readonly #attempts: Attempt[] = [];
  readonly #workers = new Set<Worker>();
  #threadsDie: boolean;
  #hasDeadline = false;

  constructor(random: Random, size: number, weather: Weather, kills: number) {
    this.#random = random;
    this.#size = size;
    this.#weather = weather;
    this.#kills = kills;
    this.#threadsDie = kills > 0;
    this.#memory = new SharedArrayBuffer((size + 1) * Int32Array.BYTES_PER_ELEMENT);
  }

  /** @throws {Error} when something came out as it must not, with the plan of the call */
  async run(): Promise<{ readonly calls: number; readonly moved: number }> {
    const noteWorker = (worker: Worker): void => {
      this.#workers.add(worker);
      worker.once('exit', () => this.#workers.delete(worker));
    };
    process.on('worker', noteWorker);
    const before = resources();
    try {
      await this.#live();
    } finally {
      process.off('worker', noteWorker);
    }
    this.#checkOutcomes();
    await this.#checkLeftovers(before);
    return { calls: this.#attempts.length, moved: new Int32Array(this.#memory).at(-1) ?? 0 };
  }

  async #live(): Promise<void> {
    const random = this.#random;
    const pool = new ThreadPool({
      threads: random.integer(this.#weather.leastThreads, 3),
      graceMs: random.pick([0, 5, 20]),
      policy: random.pick([fifo(), lifo(), priority({ agingMs: 50 })]),
      // A loader that this process may run under is none of the threads' business.
      execArgv: [],
    });
    const { burst: mostAtOnce, isPatient } = this.#weather;
    const ending = isPatient ? 'finish' : random.pick(ENDINGS);
    const killAt = new Set(Array.from({ length: this.#kills }, () => random.integer(0, this.#size)));
    const closeAt = ending === 'early deadline' ? random.integer(0, this.#size) : this.#size;
    const abortAt = random.integer(0, this.#size);
    const kills: Promise<void>[] = [];
    while (this.#attempts.length < closeAt) {
      const first = this.#attempts.length;
      for (let burst = random.integer(1, mostAtOnce); burst > 0 && this.#attempts.length < closeAt; burst--) {
        if (killAt.has(this.#attempts.length)) kills.push(this.#killAfter(isPatient ? random.integer(0, MOST_TURNS_OF_A_TREE) : 0));
        if (this.#attempts.length === abortAt) this.#controller.abort('the shared signal');
        this.#submit(pool, makePlan(random, this.#weather, this.#controller.signal));
      }
      for (let turns = random.integer(0, 5); turns > 0; turns--) await turn();
      if (isPatient) await this.#within(pool, Promise.allSettled(this.#attempts.slice(first).map(({ handle }) => handle.result)));
    }
    await Promise.all(kills);
    this.#hasDeadline = ending !== 'finish';
    await this.#within(pool, pool.close(this.#hasDeadline ? { deadlineMs: random.integer(0, 20) } : {}));
    await this.#within(pool, Promise.allSettled(this.#attempts.map(({ handle }) => handle.result)));
    this.#checkStats(pool);
  }

  #submit(pool: ThreadPool, plan: Plan): void {
    const { body, deed, options, hasBadArgument, cancelAfter } = plan;
    if (isFatal(plan)) this.#threadsDie = true;
    const mark = { memory: this.#memory, index: this.#attempts.length };
    const argument = hasBadArgument ? { ...deed, trap: () => 1 } : deed;
    const call: Call<unknown, true> = body === 'missing' ? missing() : BODIES[body](argument, mark);
    const attempt: Attempt = { plan, handle: pool.submit(call, options), settled: 0, neverRuns: false, wasCancelled: false };
    this.#attempts.push(attempt);
    const note = (): void => {
      attempt.settled++;
    };
    attempt.handle.result.then(note, note);
    if (cancelAfter !== undefined) void this.#cancelAfter(attempt, cancelAfter);
  }

  async #cancelAfter(attempt: Attempt, turns: number): Promise<void> {
    for (let left = turns; left > 0; left--) await turn();
    const { handle } = attempt;
    if (handle.state === 'complete') return;
    attempt.wasCancelled = true;
    handle.cancel('by its handle');
    // TypeScript keeps what it knew before the call.
    attempt.neverRuns = (handle.state as string) === 'complete' && !this.#threadsDie;
  }

  /** Kills a thread when the event loop has had so many turns, which takes less than a millisecond for 100 of them. */
  async #killAfter(turns: number): Promise<void> {
    // Drawn now: what is drawn when the turns have gone by would differ from run to run.
    const random = this.#random.fork();
    for (let left = turns; left > 0; left--) await turn();
    const workers = [...this.#workers];
    if (workers.length > 0) void random.pick(workers).terminate();
  }

  async #within(pool: ThreadPool, promise: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const guard = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const open = this.#attempts.filter(({ handle }) => handle.state !== 'complete').map(({ plan, handle }) => ({ state: handle.state, plan }));
        const nodes = pool.snapshot().tasks.slice(0, 5);
        reject(new Error(`Expected an end within ${GUARD_MS} ms, got none: ${JSON.stringify({ stats: pool.stats(), nodes, open: open.slice(0, 5) })}`));
      }, GUARD_MS);
    });
    try {
      await Promise.race([promise, guard]);
    } finally {
      clearTimeout(timer);
    }
  }

  // -- checks --

  #checkStats(pool: ThreadPool): void {
    const { completed, failed, cancelled, queued, running, awaiting } = pool.stats();
    const ended = completed + failed + cancelled;
    if (ended !== this.#attempts.length || queued + running + awaiting !== 0) {
      throw new Error(`Expected ${this.#attempts.length} calls to have ended, got ${JSON.stringify(pool.stats())}`);
    }
  }

  #checkOutcomes(): void {
    const runs = new Int32Array(this.#memory);
    this.#attempts.forEach((attempt, index) => {
      const flaw = this.#flawOf(attempt, runs[index] ?? 0);
      if (flaw !== undefined) throw new Error(`Call ${index}: ${flaw}\n${JSON.stringify(attempt.plan)}`);
    });
  }

  #flawOf({ plan, handle, settled, wasCancelled, neverRuns }: Attempt, runs: number): string | undefined {
    if (settled !== 1 || handle.state !== 'complete') return `Expected it to settle once, got ${settled} times and state ${handle.state}`;
    if (neverRuns && runs > 0) return `Expected a call that was cancelled before it began never to run, got ${runs} runs`;
    const { outcome } = handle;
    if (outcome === undefined) return 'Expected an outcome of a complete call, got none';
    return findFlaw(plan, outcome, { runs, threadsDie: this.#threadsDie, wasCancelled: wasCancelled || this.#hasDeadline });
  }

  async #checkLeftovers(before: readonly string[]): Promise<void> {
    let left = resources();
    // A port that was closed just now is counted until the event loop has had its turn.
    for (let turns = 0; turns < TURNS_TO_CLOSE && left.length > before.length; turns++) {
      await turn();
      left = resources();
    }
    const listeners = getEventListeners(this.#controller.signal, 'abort').length;
    if (left.length > before.length || listeners > 0 || this.#workers.size > 0) {
      throw new Error(`Expected nothing to be left but ${JSON.stringify(before)}, got ${JSON.stringify({ left, listeners, workers: this.#workers.size })}`);
    }
  }
}

/** Ports, threads and timers. Some belong to whatever runs this process: a loader, a test runner. */
function resources(): string[] {
  return [...leftovers(), ...process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout')];
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
