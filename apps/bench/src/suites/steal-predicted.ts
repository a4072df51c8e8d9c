/**
 * What the simulator says of threads that this machine does not have, and how far it is right about those that it has. All values are
 * quotients with what one thread took a moment before in the same process: the speed of a shared machine changes within seconds.
 */

import type { ThreadPool } from '@heddle/threadpool';
import { defineSuite, equals, type Ratio, type Subject } from '../harness/index.ts';
import { fib, fibonacci } from '../workers/steal-fib.ts';

/** 2.7 million tasks. */
const N = 30;
/** A quarter of a million. */
const QUICK_N = 25;

/** Predicted for so many threads beyond those that are measured. */
const FAR_THREADS = [4, 16, 64, 1_024];

/** How far a prediction may be off. */
const WITHIN = { atLeast: 0.85, atMost: 1.15 };

export const stealPredicted = defineSuite<number>(import.meta, {
  id: 'steal-predicted',
  question: `How much faster than on 1 thread, as measured, is fib(${N}) on more threads that steal from each other, as measured and as the simulator predicts it from what a step, a spawn, a loan and its outcome cost?`,
  unit: 'times as fast as 1 thread was measured',
  lowerIsBetter: false,
  isSlow: true,
  prepare: ({ isQuick }) => (isQuick ? QUICK_N : N),
  subjects: [measuredSubject(), ...[1, 2, ...FAR_THREADS].map(predictedSubject)],
  ratios: [
    { name: 'measured / predicted time, 1 thread', numerator: predicted(1), ...WITHIN },
    { name: 'predicted / measured speed-up, 2 threads', numerator: predicted(2), denominator: 'measured, 2 threads', ...WITHIN },
    ...FAR_THREADS.map((threads): Ratio => ({ name: `predicted speed-up, ${threads.toLocaleString('en')} threads`, numerator: predicted(threads) })),
  ],
});

function predicted(threads: number): string {
  return `predicted, ${threads.toLocaleString('en')} ${threads === 1 ? 'thread' : 'threads'}`;
}

async function openPool(threads: number): Promise<ThreadPool> {
  const { ThreadPool, workStealing } = await import('@heddle/threadpool');
  return new ThreadPool({ threads, strategy: workStealing() });
}

async function timeMs(pool: ThreadPool, n: number): Promise<number> {
  const startMs = performance.now();
  const result = await pool.run(fib(n));
  const elapsedMs = performance.now() - startMs;
  equals(fibonacci(n))(result);
  return elapsedMs;
}

function measuredSubject(): Subject<number> {
  return {
    name: 'measured, 2 threads',
    note: 'ThreadPool, 2 fixed, against one with 1',
    async setup(n) {
      const [one, two] = [await openPool(1), await openPool(2)];
      return {
        run: async () => (await timeMs(one, n)) / (await timeMs(two, n)),
        teardown: async () => {
          await Promise.all([one.close(), two.close()]);
        },
      };
    },
  };
}

function predictedSubject(threads: number): Subject<number> {
  return {
    name: predicted(threads),
    note: threads <= 2 ? 'simulated, with costs measured anew each time' : 'the same, and as if further threads had cores of their own',
    async setup(n) {
      const { predictFibMs, StealCalibration } = await import('../peers/steal-prediction.ts');
      const one = await openPool(1);
      const calibration = new StealCalibration(one);
      return {
        run: async () => {
          const costs = await calibration.measure();
          return (await timeMs(one, n)) / (await predictFibMs(n, threads, costs));
        },
        teardown: async () => {
          await Promise.all([one.close(), calibration.close()]);
        },
      };
    },
  };
}
