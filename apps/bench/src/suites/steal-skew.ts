import { defineSuite, equals, milliseconds, timed, type Execution, type Subject } from '../harness/index.ts';
import { forkJoinRatios, forkJoinSubjects } from '../peers/fork-join.ts';
import { halves, skew } from '../workers/steal-skew.ts';
import { branchesOf, sumOfLeaves } from '../workers/steal-skew-functions.ts';

const LEAVES = 40_000;
const QUICK_LEAVES = 4_000;

const OUTSIDE = 'a call from outside for each branch, the heavy one first, which is the best order for it';

export const stealSkew = defineSuite<number>(import.meta, {
  id: 'steal-skew',
  question: 'How long does a load of ten branches take, one of which holds 90 % of the work, on 1 and on 2 threads that steal from each other?',
  unit: 'ms',
  lowerIsBetter: true,
  prepare: ({ isQuick }) => (isQuick ? QUICK_LEAVES : LEAVES),
  subjects: [
    ...forkJoinSubjects<number, [number], number>({
      module: new URL('../workers/steal-skew.js', import.meta.url),
      name: 'skew',
      task: skew,
      piece: (leaves) => ({ args: [leaves], check: equals(sumOfLeaves(leaves)) }),
    }),
    {
      name: 'shared queue, 2 threads',
      note: `ThreadPool, 2 fixed, sharedQueue(); ${OUTSIDE}`,
      async setup(leaves) {
        const { sharedQueue, ThreadPool } = await import('@heddle/threadpool');
        const pool = new ThreadPool({ threads: 2, strategy: sharedQueue() });
        return branches(leaves, (branch) => pool.run(halves(branch)), () => pool.close());
      },
    },
    piscinaSubject('piscina, 1 thread', 1),
    piscinaSubject('piscina, 2 threads', 2),
  ],
  ratios: [
    ...forkJoinRatios(1.8),
    { name: 'sharedQueue(): speed-up of 2 threads over 1', numerator: 'heddle, 1 thread', denominator: 'shared queue, 2 threads' },
    { name: 'sharedQueue() / workStealing() time, 2 threads', numerator: 'shared queue, 2 threads', denominator: 'heddle, 2 threads' },
    { name: 'piscina: speed-up of 2 threads over 1', numerator: 'piscina, 1 thread', denominator: 'piscina, 2 threads' },
    { name: 'piscina / heddle, 2 threads time', numerator: 'piscina, 2 threads', denominator: 'heddle, 2 threads' },
  ],
});

function piscinaSubject(name: string, threads: number): Subject<number> {
  return {
    name,
    note: `defaults; ${OUTSIDE}`,
    async setup(leaves) {
      const { Piscina } = await import('piscina');
      const filename = new URL('../workers/steal-skew-functions.js', import.meta.url).href;
      const pool = new Piscina<number, number>({ filename, name: 'workLeaves', minThreads: threads, maxThreads: threads });
      return branches(leaves, (branch) => pool.run(branch), () => pool.destroy());
    },
  };
}

/** Submits each branch by itself. */
function branches(leaves: number, run: (branch: number) => Promise<number>, teardown: () => Promise<void>): Execution {
  return timed({
    as: milliseconds,
    work: async () => {
      const sums = await Promise.all(branchesOf(leaves).map(run));
      return sums.reduce((sum, each) => (sum + each) | 0, 0);
    },
    check: equals(sumOfLeaves(leaves)),
    teardown,
  });
}
