/** A long task in the midst of many short ones: how long the short ones take while it keeps a thread. */

import { defineSuite, percentile, type Subject } from '../harness/index.ts';
import { heddlePool } from '../peers/heddle-pool.ts';
import { calibrateSpin, type SpinWork } from '../peers/calibrate.ts';
import { POOL_PEERS } from '../peers/pools.ts';
import type { PoolPeer } from '../peers/worker-functions.ts';
import { spin } from '../workers/functions.ts';
import { CONTENDERS } from './pool-subjects.ts';

/** So many short tasks are submitted at once, */
const SHORT_TASKS = 500;

/** and after so many of them the long one: early, so that most of them come after it, and yet some are on their way. */
const AHEAD = 50;

const LONG_US = 40_000;

/** Of `spin`: nothing to speak of. The same function, so that nobody can tell a long task by its name. */
const SHORT_STEPS = 1;

interface Lengths {
  readonly short: SpinWork;
  readonly long: SpinWork;
}

export const mixedP99 = defineSuite<Lengths>(import.meta, {
  id: 'mixed-p99',
  question: `How long do ${SHORT_TASKS} short tasks take that are submitted together with one of ${LONG_US / 1_000} ms to a pool of 2 threads, 99 of 100 of them?`,
  unit: 'ms, 99th percentile of the short tasks',
  lowerIsBetter: true,
  prepare: () => {
    const long = calibrateSpin(LONG_US);
    return { long, short: { steps: SHORT_STEPS, expected: spin(SHORT_STEPS) } };
  },
  subjects: CONTENDERS.map(mixedSubject),
  ratios: POOL_PEERS.map(({ name }) => ({
    name: `heddle / ${name} p99`,
    numerator: heddlePool.name,
    denominator: name,
    ...(name === 'piscina' ? { atMost: 0.2 } : {}),
  })),
});

function mixedSubject(peer: PoolPeer): Subject<Lengths> {
  return {
    name: peer.name,
    note: peer.note,
    async setup({ short, long }) {
      const pool = await peer.open('spin');
      // Every thread has loaded the function before anything counts.
      await Promise.all(Array.from({ length: 4 }, () => pool.run(short.steps)));
      const timesMs: number[] = [];
      const runShort = async (startMs: number): Promise<void> => {
        const result = await pool.run(short.steps);
        timesMs.push(performance.now() - startMs);
        if (result !== short.expected) throw new Error(`Expected the result ${short.expected}, got ${result}`);
      };
      const runLong = async (): Promise<void> => {
        const result = await pool.run(long.steps);
        if (result !== long.expected) throw new Error(`Expected the result ${long.expected}, got ${result}`);
      };
      return {
        async run() {
          timesMs.length = 0;
          const startMs = performance.now();
          const tasks: Promise<void>[] = [];
          for (let index = 0; index < SHORT_TASKS; index++) {
            if (index === AHEAD) tasks.push(runLong());
            tasks.push(runShort(startMs));
          }
          await Promise.all(tasks);
          return percentile(timesMs, 99);
        },
        teardown: async () => {
          await pool.close();
        },
      };
    },
  };
}
