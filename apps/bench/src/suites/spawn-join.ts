import { all, spawn, task, type Coroutine } from '@heddle/core';
import { defineSuite, equals, nanosecondsEach, timed } from '../harness/index.ts';
import { bareSpawn, runBare } from '../peers/bare-generators.ts';
import { undisturbed } from '../peers/native.ts';
import { inlineSubject, lifoSubject, multiplexerSubject } from '../peers/single-thread.ts';
import { fib as plainFib } from '../workers/functions.ts';
import type { Effect } from 'effect';

const N = 21;
const FIB_N = 10_946;
/** Every call but the outermost is spawned: 2 fib(n + 1) - 2 of them. */
const TASKS = 35_420;

const measured = { operations: TASKS, as: nanosecondsEach, check: equals(FIB_N) };

export const spawnJoin = defineSuite(import.meta, {
  id: 'spawn-join',
  question: `What does it cost to spawn a task beside another and to join it, in nested fib(${N}) on one thread?`,
  unit: 'ns per task',
  lowerIsBetter: true,
  subjects: [
    multiplexerSubject('heddle spawn', { ...measured, call: () => fibBySpawn(N) }, 'Multiplexer; spawn both, then `yield*` both handles'),
    multiplexerSubject('heddle all', { ...measured, call: () => fibByAll(N) }, 'Multiplexer; `yield* all([...])`'),
    lifoSubject('heddle spawn, lifo', { ...measured, call: () => fibBySpawn(N) }, 'Multiplexer with lifo(), the policy for trees of tasks; the same tasks'),
    lifoSubject('heddle all, lifo', { ...measured, call: () => fibByAll(N) }, 'Multiplexer with lifo(); the same tasks'),
    inlineSubject('heddle spawn, inline', { ...measured, call: () => fibBySpawn(N) }, 'InlineExecutor; the same tasks'),
    {
      name: 'bare generators',
      note: 'a queue of generators that join each other by `yield*`, and nothing of what makes them tasks: the floor',
      setup: () => timed({ ...measured, work: () => runBare(bareFib(N)) }),
    },
    { name: 'plain calls', note: 'synchronous functions: nothing is spawned', setup: () => timed({ ...measured, work: () => plainFib(N) }) },
    { name: 'native Promise.all', setup: () => undisturbed(timed({ ...measured, work: () => nativeFib(N) })) },
    { name: 'effect fork', note: 'Effect.forkChild and Fiber.join', setup: async () => timed({ ...measured, work: await effectFork() }) },
    { name: 'effect all', note: "Effect.all with concurrency 'unbounded'", setup: async () => timed({ ...measured, work: await effectAll() }) },
  ],
  ratios: [
    { name: 'heddle spawn / native Promise.all time', numerator: 'heddle spawn', denominator: 'native Promise.all', atMost: 0.45 },
    { name: 'heddle spawn, lifo / native Promise.all time', numerator: 'heddle spawn, lifo', denominator: 'native Promise.all', atMost: 0.45 },
    { name: 'heddle all, lifo / native Promise.all time', numerator: 'heddle all, lifo', denominator: 'native Promise.all', atMost: 0.45 },
    { name: 'bare generators / native Promise.all time', numerator: 'bare generators', denominator: 'native Promise.all' },
    { name: 'heddle all / native Promise.all time', numerator: 'heddle all', denominator: 'native Promise.all' },
    { name: 'heddle spawn / effect fork time', numerator: 'heddle spawn', denominator: 'effect fork' },
    { name: 'heddle all / effect all time', numerator: 'heddle all', denominator: 'effect all' },
  ],
});

const fibBySpawn = task(function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* spawn(fibBySpawn(n - 1));
  const right = yield* spawn(fibBySpawn(n - 2));
  return (yield* left) + (yield* right);
});

const fibByAll = task(function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const [left, right] = yield* all([fibByAll(n - 1), fibByAll(n - 2)]);
  return left + right;
});

function* bareFib(n: number): Generator<unknown, number> {
  if (n < 2) return n;
  const left = bareSpawn(bareFib(n - 1));
  const right = bareSpawn(bareFib(n - 2));
  return (yield* left) + (yield* right);
}

async function nativeFib(n: number): Promise<number> {
  if (n < 2) return n;
  const [left, right] = await Promise.all([nativeFib(n - 1), nativeFib(n - 2)]);
  return left + right;
}

async function effectFork(): Promise<() => Promise<number>> {
  const { Effect, Fiber } = await import('effect');
  const run: (n: number) => Effect.Effect<number> = Effect.fnUntraced(function* (n: number): Effect.fn.Return<number> {
    if (n < 2) return n;
    const left = yield* Effect.forkChild(run(n - 1));
    const right = yield* Effect.forkChild(run(n - 2));
    return (yield* Fiber.join(left)) + (yield* Fiber.join(right));
  });
  return () => Effect.runPromise(run(N));
}

async function effectAll(): Promise<() => Promise<number>> {
  const { Effect } = await import('effect');
  const run = (n: number): Effect.Effect<number> =>
    n < 2
      ? Effect.succeed(n)
      : Effect.map(Effect.all([Effect.suspend(() => run(n - 1)), Effect.suspend(() => run(n - 2))], { concurrency: 'unbounded' }), ([left, right]) => left + right);
  return () => Effect.runPromise(run(N));
}
