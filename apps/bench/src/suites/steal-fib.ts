import { defineSuite, equals } from '../harness/index.ts';
import { forkJoinRatios, forkJoinSubjects } from '../peers/fork-join.ts';
import { fib, fibonacci } from '../workers/steal-fib.ts';

/** 7 million tasks. */
const N = 32;
/** A quarter of a million. */
const QUICK_N = 25;

export const stealFib = defineSuite<number>(import.meta, {
  id: 'steal-fib',
  question: `How long does fib(${N}) take, all of its 7 million calls tasks, on 1 and on 2 threads that steal from each other?`,
  unit: 'ms',
  lowerIsBetter: true,
  prepare: ({ isQuick }) => (isQuick ? QUICK_N : N),
  subjects: forkJoinSubjects<number, [number], number>({
    module: new URL('../workers/steal-fib.js', import.meta.url),
    name: 'fib',
    task: fib,
    piece: (n) => ({ args: [n], check: equals(fibonacci(n)) }),
  }),
  ratios: forkJoinRatios(1.9),
});
