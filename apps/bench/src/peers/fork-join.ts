/**
 * Fork-join work: ours with one thread and with two, and beside them what the machine allows, which is less than twice as much: cores
 * share caches, memory, clock rate, and often more. Two plain threads that do the same work once each, at the same time, tell how much.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Call } from '@heddle/core';
import { milliseconds, timed, type Ratio, type Subject } from '../harness/index.ts';

/** A piece of work, complete with all that it reads and writes. */
export interface Piece<A extends readonly unknown[], R> {
  readonly args: A;
  /** Makes ready what the work changes. Off the clock. */
  readonly reset?: () => void;
  /** Throws when the result, or what was written, is wrong. Off the clock. */
  readonly check: (result: R) => void;
}

/** A task that spawns tasks. */
export interface ForkJoin<P, A extends readonly unknown[], R> {
  /** The module that exports the task under `name`. */
  readonly module: URL;
  readonly name: string;
  readonly task: (...args: A) => Call<R, true>;
  /** Makes a piece that shares no memory with another. */
  readonly piece: (parameters: P) => Piece<A, R>;
}

const ONE = 'heddle, 1 thread';
const TWO = 'heddle, 2 threads';
const ONE_PLAIN = '1 plain thread';
const TWO_PLAIN = '2 plain threads';

/** Gives the four subjects. Their value: milliseconds for a piece. */
export function forkJoinSubjects<P, A extends readonly unknown[], R>(work: ForkJoin<P, A, R>): Subject<P>[] {
  return [
    poolSubject(ONE, work, 1),
    poolSubject(TWO, work, 2),
    plainSubject(ONE_PLAIN, 'a worker with a Multiplexer, lifo()', work, 1),
    plainSubject(TWO_PLAIN, 'two such workers, each with a piece of its own at the same time; half of the time that both take', work, 2),
  ];
}

/** Gives the speed-up of two threads, with the limit that is set for it, and the most that the machine gives. */
export function forkJoinRatios(atLeast: number): Ratio[] {
  return [
    { name: 'speed-up of 2 threads over 1', numerator: ONE, denominator: TWO, atLeast },
    { name: 'bound: 2 plain threads over 1', numerator: ONE_PLAIN, denominator: TWO_PLAIN },
  ];
}

function poolSubject<P, A extends readonly unknown[], R>(name: string, { task, piece }: ForkJoin<P, A, R>, threads: number): Subject<P> {
  return {
    name,
    note: `ThreadPool, ${threads} fixed, workStealing()`,
    async setup(parameters) {
      const { ThreadPool, workStealing } = await import('@heddle/threadpool');
      const pool = new ThreadPool({ threads, strategy: workStealing() });
      const { args, ...rest } = piece(parameters);
      return timed({ ...rest, as: milliseconds, work: () => pool.run(task(...args)), teardown: () => pool.close() });
    },
  };
}

function plainSubject<P, A extends readonly unknown[], R>(name: string, note: string, { module, name: taskName, piece }: ForkJoin<P, A, R>, threads: number): Subject<P> {
  return {
    name,
    note,
    async setup(parameters) {
      const workers = Array.from({ length: threads }, () => new Worker(new URL('../workers/plain-thread.js', import.meta.url), { workerData: { module: module.href, name: taskName } }));
      const pieces = workers.map(() => piece(parameters));
      await Promise.all(workers.map((worker) => once(worker, 'online')));
      const runOn = async (worker: Worker, index: number): Promise<R> => {
        const message = once(worker, 'message') as Promise<[R]>;
        // Invariant: there is a piece for each worker.
        worker.postMessage(pieces[index]!.args);
        const [result] = await message;
        return result;
      };
      return timed({
        as: (elapsedMs) => elapsedMs / threads,
        reset: () => {
          for (const { reset } of pieces) reset?.();
        },
        work: () => Promise.all(workers.map(runOn)),
        check: (results) => {
          for (const [index, { check }] of pieces.entries()) {
            // Invariant: there is a result for each piece.
            check(results[index]!);
          }
        },
        teardown: async () => {
          await Promise.all(workers.map((worker) => worker.terminate()));
        },
      });
    },
  };
}
