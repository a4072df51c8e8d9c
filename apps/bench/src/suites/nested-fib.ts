import { defineSuite, equals, milliseconds, timed, type Subject } from '../harness/index.ts';
import { fib } from '../workers/functions.ts';
import { FIB_CUTOFF, nestedFib as nestedFibTask } from '../workers/tasks.ts';

const N = 30;
const FIB_N = 832_040;

export const nestedFib = defineSuite(import.meta, {
  id: 'nested-fib',
  question: `How long does fib(${N}) take, when tasks spawn tasks down to fib(${FIB_CUTOFF}), on 1 and on 2 threads?`,
  unit: 'ms',
  lowerIsBetter: true,
  subjects: [
    {
      name: 'recursion in place',
      note: 'plain functions on the calling thread',
      setup: () => timed({ as: milliseconds, work: () => fib(N), check: equals(FIB_N) }),
    },
    threadsSubject('heddle, 1 thread', 1),
    threadsSubject('heddle, 2 threads', 2),
  ],
  ratios: [
    { name: 'speed-up of 2 threads over 1', numerator: 'heddle, 1 thread', denominator: 'heddle, 2 threads', atLeast: 1.5 },
    { name: 'speed-up of 2 threads over recursion in place', numerator: 'recursion in place', denominator: 'heddle, 2 threads' },
  ],
});

function threadsSubject(name: string, threads: number): Subject {
  return {
    name,
    note: '`yield* spawn(...)` one half, `yield*` the other, on a ThreadPool',
    async setup() {
      const { ThreadPool } = await import('@heddle/threadpool');
      const pool = new ThreadPool({ threads });
      return timed({ as: milliseconds, work: () => pool.run(nestedFibTask(N)), check: equals(FIB_N), teardown: () => pool.close() });
    },
  };
}
