/** Subjects that give a pool many tasks at once. */

import { equalsEach, perSecond, timed, type Ratio, type Subject } from '../harness/index.ts';
import { inPlace, rawThreads } from '../peers/baselines.ts';
import { heddlePool } from '../peers/heddle-pool.ts';
import { POOL_PEERS } from '../peers/pools.ts';
import type { ArgumentOf, FunctionName, PoolPeer } from '../peers/worker-functions.ts';

/** So many tasks at once, and what each of them is. */
export interface Burst<N extends FunctionName> {
  readonly tasks: number;
  readonly work: N;
  readonly argument: (index: number) => ArgumentOf<N>;
  readonly expected: (index: number) => number;
}

/** All contenders of the pool suites: ours, the bounds, and every peer. */
export const CONTENDERS: readonly PoolPeer[] = [heddlePool, inPlace, rawThreads, ...POOL_PEERS];

/** Makes the subject that submits the burst to a peer's pool and waits for all of it. Its value: tasks a second. */
export function burstSubject<P, N extends FunctionName>(peer: PoolPeer, burstOf: (parameters: P) => Burst<N>): Subject<P> {
  return {
    name: peer.name,
    note: peer.note,
    async setup(parameters) {
      const { tasks, work, argument, expected } = burstOf(parameters);
      const pool = await peer.open(work);
      // Every thread has loaded the function before anything counts.
      await Promise.all(Array.from({ length: 4 }, (_, index) => pool.run(argument(index))));
      return timed({
        operations: tasks,
        as: perSecond,
        work: async () => {
          const results: Promise<number>[] = [];
          for (let index = 0; index < tasks; index++) results.push(pool.run(argument(index)));
          return await Promise.all(results);
        },
        check: equalsEach(tasks, expected),
        teardown: async () => {
          await pool.close();
        },
      });
    },
  };
}

/** The ratios of our throughput to each peer's, with what each must come to at least, by the peer's name, where that is set. */
export function throughputRatios(atLeast: Readonly<Record<string, number>> = {}): Ratio[] {
  return POOL_PEERS.map(({ name }) => {
    const limit = atLeast[name];
    return { name: `heddle / ${name} throughput`, numerator: heddlePool.name, denominator: name, ...(limit === undefined ? {} : { atLeast: limit }) };
  });
}
