/**
 * Predicts how long nested `fib` takes on threads that steal, by the simulator's rule for them and by what its parts cost here and now:
 * - a step and a spawn: the same tree, but a small one, with spawning on the thread of the run, without on another one;
 * - what two busy threads cost each other: two such trees at the same time, on threads that have nothing to do with each other;
 * - to lend a call, to wake a thread for it, and to bring back its outcome: single calls that are handed over.
 *
 * Nothing is taken from the run that is predicted. More than two threads are taken to cost each other what two do: this is what the
 * schedule allows, on a machine with as many cores.
 */

import { spawn, task, type Call, type Coroutine } from '@heddle/core';
import { simulate, work, workStealingRule } from '@heddle/simulator';
import { ThreadPool } from '@heddle/threadpool';
import { median } from '../harness/index.ts';
import { handOver, type Handover } from '../workers/steal-costs.ts';
import { fib, fibByAwait, fibonacci, fibTasks } from '../workers/steal-fib.ts';

/** What the parts cost, in nanoseconds. */
export interface StealCosts {
  /** A task of which nothing is spawned. */
  readonly stepNs: number;
  /** What it takes more to spawn a task and join it. */
  readonly spawnNs: number;
  /** How many times as long both take while another thread is as busy. */
  readonly crowding: number;
  readonly lendNs: number;
  readonly wakeNs: number;
  readonly outcomeNs: number;
}

/** What the parts cost in the middle of two measurements. */
export function mean(one: StealCosts, other: StealCosts): StealCosts {
  const of = (name: keyof StealCosts): number => (one[name] + other[name]) / 2;
  return { stepNs: of('stepNs'), spawnNs: of('spawnNs'), crowding: of('crowding'), lendNs: of('lendNs'), wakeNs: of('wakeNs'), outcomeNs: of('outcomeNs') };
}

/** A small tree: 150,000 tasks, so that the way to the pool and back does not show. */
const TRIAL_N = 24;
const TRIALS = 3;
const HANDOVERS = 20;

const NS_PER_MS = 1e6;

export class StealCalibration {
  /** A thread for each kind of tree: V8 compiles the engine for what it has seen, and is slower where it has seen both. */
  readonly #awaiting = new ThreadPool({ threads: 1 });
  readonly #forking: ThreadPool;
  readonly #forkingToo = new ThreadPool({ threads: 1 });
  readonly #pair = new ThreadPool({ threads: 2 });

  /** @param forking the pool of the run that is to be predicted, of 1 thread: how well V8 has compiled the engine differs from thread to thread */
  constructor(forking: ThreadPool) {
    this.#forking = forking;
  }

  /** Measures all costs, in less than a second. */
  async measure(): Promise<StealCosts> {
    const [awaits, forks, slowdowns]: [number[], number[], number[]] = [[], [], []];
    for (let trial = 0; trial < TRIALS; trial++) {
      awaits.push(await timeNs(this.#awaiting, fibByAwait));
      const aloneNs = [await timeNs(this.#forking, fib), await timeNs(this.#forkingToo, fib)] as const;
      const besideNs = await Promise.all([timeNs(this.#forking, fib), timeNs(this.#forkingToo, fib)]);
      forks.push(aloneNs[0]);
      slowdowns.push((besideNs[0] / aloneNs[0] + besideNs[1] / aloneNs[1]) / 2);
    }
    const stepNs = median(awaits) / fibTasks(TRIAL_N);
    const spawnNs = Math.max(0, (median(forks) - median(awaits)) / spawnedTasks(TRIAL_N));
    const crowding = Math.max(1, median(slowdowns));
    return { stepNs, spawnNs, crowding, ...(await this.#handOver()) };
  }

  async #handOver(): Promise<Handover> {
    const handovers: Handover[] = [];
    for (let trial = 0; trial < HANDOVERS; trial++) {
      const handover = await this.#pair.run(handOver());
      if (handover !== null) handovers.push(handover);
    }
    if (handovers.length === 0) throw new Error(`Expected a pool of 2 threads to hand over some of ${HANDOVERS} calls, got all of them on the thread that spawned them`);
    const of = (name: keyof Handover): number => median(handovers.map((handover) => handover[name]));
    return { lendNs: of('lendNs'), wakeNs: of('wakeNs'), outcomeNs: of('outcomeNs') };
  }

  /** Ends all threads but that of the pool that was given. */
  async close(): Promise<void> {
    await Promise.all([this.#awaiting, this.#forkingToo, this.#pair].map((pool) => pool.close()));
  }
}

async function timeNs(pool: ThreadPool, tree: (n: number) => Call<number, true>): Promise<number> {
  const startMs = performance.now();
  await pool.run(tree(TRIAL_N));
  return (performance.now() - startMs) * NS_PER_MS;
}

/** How many tasks `fib(n)` spawns. */
function spawnedTasks(n: number): number {
  return fibonacci(n + 1) - 1;
}

/** Below this `n` a sub-tree becomes one piece of work of as much time, a hundred tasks or so: they are not simulated one by one. */
const FOLD_N = 10;

/**
 * Predicts the time of `fib(n)` in milliseconds.
 *
 * @param threads 1 or more
 * @throws {Error} when the simulated tree is not the one that was asked for
 */
export async function predictFibMs(n: number, threads: number, costs: StealCosts): Promise<number> {
  const { lendNs, wakeNs, outcomeNs } = costs;
  const crowding = threads === 1 ? 1 : costs.crowding;
  // A tick is a nanosecond.
  const stepTicks = Math.round(costs.stepNs * crowding);
  const spawnTicks = Math.round(costs.spawnNs * crowding);
  const rule = workStealingRule({ spawnTicks, lendTicks: Math.round(lendNs), wakeTicks: Math.round(wakeNs), outcomeTicks: Math.round(outcomeNs) });
  const { outcome, totals } = await simulate(timedFib(n, stepTicks, spawnTicks), { threads, rule, awaits: 'frame', rows: false, tickMs: 1 / NS_PER_MS });
  if (outcome.status === 'rejected') throw outcome.reason;
  if (outcome.value !== fibonacci(n)) throw new Error(`Expected the simulated fib(${n}) to give ${fibonacci(n)}, got ${outcome.value}`);
  return totals.ticks / NS_PER_MS;
}

/** `fib` of `workers/steal-fib.ts` with what it costs. */
const timedFib = task(import.meta, 'timedFib', function* (n: number, stepTicks: number, spawnTicks: number): Coroutine<number> {
  if (n <= FOLD_N) {
    yield* work(fibTasks(n) * stepTicks + spawnedTasks(n) * spawnTicks);
    return fibonacci(n);
  }
  yield* work(stepTicks);
  const left = yield* spawn(timedFib(n - 1, stepTicks, spawnTicks));
  const right = yield* timedFib(n - 2, stepTicks, spawnTicks);
  return (yield* left) + right;
});
