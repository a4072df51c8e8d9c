/**
 * Tasks that wait for tasks of their own pool. By its defaults piscina has one task at a time on a thread, also while that one waits: as soon as
 * every thread has one that waits, nothing goes on any more, and this says so and gives up. What is told of it then is how far it got.
 */

import { defineSuite, equals, perSecond, timed, type Subject } from '../harness/index.ts';
import { openNestedPiscina } from '../peers/nested-piscina.ts';
import { THREADS } from '../peers/worker-functions.ts';
import { fib, fibonacci } from '../workers/steal-fib.ts';

const N = 18;
const QUICK_N = 14;

/** More than any tree here has. */
const UNLIMITED = 1_000_000;

/** How many tasks are spawned, or submitted: one for each leaf, because each of the others keeps one half for itself. */
function spawnedTasks(n: number): number {
  return fibonacci(n + 1);
}

export const stealVsPiscina = defineSuite<number>(import.meta, {
  id: 'steal-vs-piscina',
  question: `How many tasks of nested fib(${N}) does a pool of ${THREADS} threads begin a second, when each task waits for one that it has spawned, until the result is there or nothing goes on any more?`,
  unit: 'tasks per second',
  lowerIsBetter: false,
  prepare: ({ isQuick }) => (isQuick ? QUICK_N : N),
  subjects: [
    {
      name: 'heddle',
      note: `ThreadPool, ${THREADS} fixed; \`yield* spawn(...)\``,
      async setup(n) {
        const { ThreadPool } = await import('@heddle/threadpool');
        const pool = new ThreadPool({ threads: THREADS });
        return timed({ operations: spawnedTasks(n), as: perSecond, work: () => pool.run(fib(n)), check: equals(fibonacci(n)), teardown: () => pool.close() });
      },
    },
    piscinaSubject('piscina', 'defaults; stands still with all threads waiting: tasks until then, by the time until that was seen', 1),
    piscinaSubject('piscina, many at once', `concurrentTasksPerWorker: ${UNLIMITED.toLocaleString('en')}, which leaves nothing in its queue`, UNLIMITED),
  ],
  ratios: [
    { name: 'heddle / piscina, many at once throughput', numerator: 'heddle', denominator: 'piscina, many at once' },
    { name: 'heddle / piscina throughput', numerator: 'heddle', denominator: 'piscina' },
  ],
});

function piscinaSubject(name: string, note: string, concurrentTasksPerWorker: number): Subject<number> {
  let hasTold = false;
  return {
    name,
    note,
    setup: (n) => ({
      /** With a pool of its own: what stands still is of no use any more. */
      async run() {
        const pool = await openNestedPiscina(concurrentTasksPerWorker);
        try {
          const { result, begun, queued, elapsedMs } = await pool.grow(n);
          if (result !== undefined) equals(fibonacci(n))(result);
          else if (!hasTold) {
            hasTold = true;
            process.stderr.write(`${name}: stands still: ${begun} tasks on ${THREADS} threads wait for others, and ${queued} in the queue wait for a thread\n`);
          }
          return perSecond(elapsedMs, begun);
        } finally {
          await pool.close();
        }
      },
    }),
  };
}
