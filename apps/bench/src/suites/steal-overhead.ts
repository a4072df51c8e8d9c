import type { Call, Executor } from '@heddle/core';
import { defineSuite, equals, microsecondsEach, timed, type Subject } from '../harness/index.ts';
import { fib, fibByJoin, fibBySpawn, fibonacci, fibTasks } from '../workers/steal-fib.ts';

/** So many tasks that the way to the thread and back does not show; few enough for a queue that takes the oldest first, and so holds most of them. */
const N = 23;
const TASKS = fibTasks(N);

/** What the deques of threads may cost beyond the queue of one thread. */
const LIMIT = 1.25;
const LIMIT_US = 0.3;

export const stealOverhead = defineSuite(import.meta, {
  id: 'steal-overhead',
  question: `What does it cost to spawn and await a task on a pool of 1 thread, in fib(${N}) with ${TASKS.toLocaleString('en')} tasks?`,
  unit: 'us per task',
  lowerIsBetter: true,
  subjects: [
    { kind: 'one of two', note: '`yield* spawn(...)` one half, `yield*` the other', call: fib },
    { kind: 'both', note: '`yield* spawn(...)` both halves', call: fibBySpawn },
    { kind: 'join', note: '`yield* join(...)` of both halves', call: fibByJoin },
  ].flatMap(({ kind, note, call }) => [
    subject(`pool, ${kind}`, `ThreadPool, 1 thread; ${note}`, call, async () => new (await import('@heddle/threadpool')).ThreadPool({ threads: 1 })),
    subject(`multiplexer, ${kind}`, `as it comes, fifo(); ${note}`, call, async () => new (await import('@heddle/multiplexer')).Multiplexer()),
    subject(`multiplexer lifo, ${kind}`, `with lifo(), the policy for trees of tasks; ${note}`, call, async () => {
      const { lifo, Multiplexer } = await import('@heddle/multiplexer');
      return new Multiplexer({ policy: lifo() });
    }),
  ]),
  ratios: [
    { name: 'pool, us per task', numerator: 'pool, one of two', atMost: LIMIT_US },
    { name: 'pool, us per task where both are spawned', numerator: 'pool, both' },
    { name: 'pool, us per task by join', numerator: 'pool, join' },
    ...['one of two', 'both'].flatMap((kind) => [
      { name: `pool / multiplexer time, ${kind} spawned`, numerator: `pool, ${kind}`, denominator: `multiplexer, ${kind}`, atMost: LIMIT },
      { name: `pool / multiplexer lifo time, ${kind} spawned`, numerator: `pool, ${kind}`, denominator: `multiplexer lifo, ${kind}`, atMost: LIMIT },
    ]),
    { name: 'pool / multiplexer time, join', numerator: 'pool, join', denominator: 'multiplexer, join' },
    { name: 'pool / multiplexer lifo time, join', numerator: 'pool, join', denominator: 'multiplexer lifo, join' },
    { name: 'join / one of two spawned time, pool', numerator: 'pool, join', denominator: 'pool, one of two' },
  ],
});

function subject(name: string, note: string, call: (n: number) => Call<number, true>, open: () => Promise<Executor>): Subject {
  return {
    name,
    note,
    async setup() {
      const executor = await open();
      return timed({ operations: TASKS, as: microsecondsEach, work: () => executor.run(call(N)), check: equals(fibonacci(N)), teardown: () => executor.close() });
    },
  };
}
