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

const WARM_UP_RUNS = 3;

/** How far a prediction may be off. */
const WITHIN = { atLeast: 0.85, atMost: 1.15 };

export const stealPredicted = defineSuite<number>(import.meta, {
  id: 'steal-predicted',
  question: `How far is the simulator right about how long fib(${N}) takes on 1 and 2 threads that steal from each other, from what a step, a spawn, a loan and its outcome cost, and how much faster than on 1 does it take them to be on more?`,
  unit: 'times as fast as was measured a moment before, on as many threads or on 1',
  lowerIsBetter: false,
  isSlow: true,
  prepare: ({ isQuick }) => (isQuick ? QUICK_N : N),
  subjects: [measuredSubject(), ...[1, 2].map(checkedSubject), ...FAR_THREADS.map(predictedSubject)],
  ratios: [
    { name: 'measured / predicted time, 1 thread', numerator: checked(1), ...WITHIN },
    { name: 'measured / predicted time, 2 threads', numerator: checked(2), ...WITHIN },
    ...FAR_THREADS.map((threads): Ratio => ({ name: `predicted speed-up, ${threads.toLocaleString('en')} threads`, numerator: predicted(threads) })),
  ],
});

function checked(threads: number): string {
  return `predicted for ${threads} against measured`;
}

function predicted(threads: number): string {
  return `predicted for ${threads.toLocaleString('en')} against 1`;
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

/**
 * The two threads of a shared machine are not equally fast, and which one is the faster changes within a second. So the costs are measured
 * both before and after the run that they are to predict.
 */
function checkedSubject(threads: number): Subject<number> {
  return {
    name: checked(threads),
    note: 'simulated, with costs measured right before and after the run that it is compared with',
    async setup(n) {
      const { mean, predictFibMs, StealCalibration } = await import('../peers/steal-prediction.ts');
      const one = await openPool(1);
      const measured = threads === 1 ? one : await openPool(threads);
      const calibration = new StealCalibration(one);
      // V8 has compiled the engine on the threads of the calibration by the time that they are measured.
      for (let run = 0; run < WARM_UP_RUNS; run++) await timeMs(measured, n);
      return {
        run: async () => {
          const before = await calibration.measure();
          const measuredMs = await timeMs(measured, n);
          const after = await calibration.measure();
          return measuredMs / (await predictFibMs(n, threads, mean(before, after)));
        },
        teardown: async () => {
          await Promise.all([one.close(), measured.close(), calibration.close()]);
        },
      };
    },
  };
}

function predictedSubject(threads: number): Subject<number> {
  return {
    name: predicted(threads),
    note: 'simulated with costs measured anew each time, as if further threads had cores of their own',
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
