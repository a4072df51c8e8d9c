import { finish, machine, task, type Coroutine, type MachineStep } from '@heddle/core';
import type { Effect } from 'effect';
import { defineSuite, equals, nanosecondsEach, timed, type Subject } from '../harness/index.ts';
import { undisturbed } from '../peers/native.ts';
import { inlineSubject, multiplexerSubject } from '../peers/single-thread.ts';
import { fib as plainFib } from '../workers/functions.ts';

const N = 25;
const FIB_N = 75_025;
/** Every call but the outermost is awaited: 2 fib(n + 1) - 2 of them. */
const AWAITS = 242_784;

const measured = { operations: AWAITS, as: nanosecondsEach, check: equals(FIB_N) };

export const awaitChain = defineSuite(import.meta, {
  id: 'await-chain',
  question: `What does it cost to call and await a task, in nested fib(${N}) on one thread?`,
  unit: 'ns per await',
  lowerIsBetter: true,
  subjects: [
    multiplexerSubject('heddle multiplexer', { ...measured, call: () => fib(N) }, 'typed `yield* fib(n - 1)`'),
    inlineSubject('heddle inline', { ...measured, call: () => fib(N) }, 'the same tasks'),
    multiplexerSubject('heddle machine', { ...measured, call: () => fibMachine(N) }, 'the same as a state machine: `machine` and `finish`'),
    subject('plain calls', 'synchronous functions: nothing is awaited', () => () => plainFib(N)),
    { name: 'native async', note: 'async functions', setup: () => undisturbed(timed({ ...measured, work: () => nativeFib(N) })) },
    subject('effect flatMap', 'Effect.flatMap and Effect.map, runPromise', effectFlatMap),
    subject('effect fnUntraced', 'Effect.fnUntraced, the documented form for hot code, runPromise', effectFnUntraced),
    subject('effect gen', 'Effect.gen in a function, the documented everyday form, runPromise', effectGen),
  ],
  ratios: [
    { name: 'heddle multiplexer / native async time', numerator: 'heddle multiplexer', denominator: 'native async', atMost: 1 },
    { name: 'heddle inline / native async time', numerator: 'heddle inline', denominator: 'native async' },
    { name: 'heddle multiplexer / effect flatMap time', numerator: 'heddle multiplexer', denominator: 'effect flatMap', atMost: 0.25 },
    { name: 'heddle multiplexer / effect fnUntraced time', numerator: 'heddle multiplexer', denominator: 'effect fnUntraced', atMost: 0.25 },
    { name: 'heddle multiplexer / effect gen time', numerator: 'heddle multiplexer', denominator: 'effect gen', atMost: 0.25 },
    { name: 'heddle machine / native async time', numerator: 'heddle machine', denominator: 'native async', atMost: 0.25 },
  ],
});

function subject(name: string, note: string, open: () => (() => number | Promise<number>) | Promise<() => Promise<number>>): Subject {
  return { name, note, setup: async () => timed({ ...measured, work: await open() }) };
}

// Anonymous, here and in the other suites: inside a named generator function its name is the bare generator, not the task.
const fib = task(function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* fib(n - 1);
  const right = yield* fib(n - 2);
  return left + right;
});

const fibMachine = machine({
  start: (n: number) => ({ n, at: 0, left: 0 }),
  step(state, resumed: number): MachineStep<number> {
    switch (state.at++) {
      case 0:
        return state.n < 2 ? finish(state.n) : fibMachine(state.n - 1);
      case 1:
        state.left = resumed;
        return fibMachine(state.n - 2);
      default:
        return finish(state.left + resumed);
    }
  },
});

async function nativeFib(n: number): Promise<number> {
  if (n < 2) return n;
  const left = await nativeFib(n - 1);
  const right = await nativeFib(n - 2);
  return left + right;
}

async function effectFlatMap(): Promise<() => Promise<number>> {
  const { Effect } = await import('effect');
  const run = (n: number): Effect.Effect<number> =>
    n < 2
      ? Effect.succeed(n)
      : Effect.flatMap(
          Effect.suspend(() => run(n - 1)),
          (left) => Effect.map(run(n - 2), (right) => left + right),
        );
  return () => Effect.runPromise(run(N));
}

async function effectFnUntraced(): Promise<() => Promise<number>> {
  const { Effect } = await import('effect');
  const run: (n: number) => Effect.Effect<number> = Effect.fnUntraced(function* (n: number): Effect.fn.Return<number> {
    if (n < 2) return n;
    const left = yield* run(n - 1);
    const right = yield* run(n - 2);
    return left + right;
  });
  return () => Effect.runPromise(run(N));
}

async function effectGen(): Promise<() => Promise<number>> {
  const { Effect } = await import('effect');
  const run = (n: number): Effect.Effect<number> =>
    Effect.gen(function* () {
      if (n < 2) return n;
      const left = yield* run(n - 1);
      const right = yield* run(n - 2);
      return left + right;
    });
  return () => Effect.runPromise(run(N));
}
