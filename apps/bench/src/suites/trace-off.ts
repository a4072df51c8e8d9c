import type { Call, Coroutine } from '@heddle/core';
import { defineSuite, equals, quotientOfTimes, type PairedWork, type Subject } from '../harness/index.ts';
import { loadVariant, type Variant } from '../peers/untraced.ts';

/** What tracing may cost when it is off. */
const LIMIT = 1.02;

/** Of each variant twice, in one execution. */
const GROUPS = 9;

/** A program that is limited by the engine, and nothing else: some milliseconds. */
interface Program {
  readonly name: string;
  readonly note: string;
  readonly expected: number;
  /** Defines the tasks with a variant's own functions, and gives what makes a call of the outermost one. */
  readonly define: (core: Variant['core']) => () => Call<number>;
}

const awaits: Program = {
  name: 'await-chain',
  note: 'fib(22) by `yield*`',
  expected: 17_711,
  define({ task }) {
    const fib = task(function* (n: number): Coroutine<number> {
      if (n < 2) return n;
      const left = yield* fib(n - 1);
      const right = yield* fib(n - 2);
      return left + right;
    });
    return () => fib(22);
  },
};

const spawns: Program = {
  name: 'spawn-join',
  note: 'fib(15) by `spawn`',
  expected: 610,
  define({ spawn, task }) {
    const fib = task(function* (n: number): Coroutine<number> {
      if (n < 2) return n;
      const left = yield* spawn(fib(n - 1));
      const right = yield* spawn(fib(n - 2));
      return (yield* left) + (yield* right);
    });
    return () => fib(15);
  },
};

const switches: Program = {
  name: 'switch',
  note: '1,000 tasks give way 100 times each',
  expected: 100_000,
  define({ spawn, task, yieldNow }) {
    let switched = 0;
    const member = task(function* () {
      for (let turn = 0; turn < 100; turn++) {
        yield* yieldNow();
        switched++;
      }
    });
    const all = task(function* () {
      for (let index = 0; index < 1_000; index++) yield* spawn(member());
    });
    return task(function* () {
      switched = 0;
      yield* all();
      return switched;
    });
  },
};

const PROGRAMS = [awaits, spawns, switches];

export const traceOff = defineSuite(import.meta, {
  id: 'trace-off',
  question: 'What does tracing cost when it is off, against an engine that never looks for a trace sink?',
  unit: 'time with the checks / time without',
  lowerIsBetter: true,
  isSlow: true,
  subjects: [
    ...PROGRAMS.map((program) => subject(program.name, program.note, program, false)),
    ...PROGRAMS.map((program) => subject(`${program.name}, equals`, 'both with the checks: how exact this is', program, true)),
  ],
  ratios: PROGRAMS.map(({ name }) => ({ name: `${name}, off / left out time`, numerator: name, atMost: LIMIT })),
});

/** Compares the engine as it is with another copy of it, which has the checks or not. */
function subject(name: string, note: string, program: Program, isOtherTraced: boolean): Subject {
  let executions = 0;
  return {
    name,
    note,
    setup: () => ({
      // Fresh copies for each execution: how well the compiler does with one or the other is a matter of luck as well, and evens out.
      async run() {
        const isFirst = executions++ % 2 === 0;
        const [one, two] = [await load(program, isFirst || isOtherTraced), await load(program, !isFirst || isOtherTraced)];
        try {
          const quotient = await quotientOfTimes(one, two, GROUPS);
          return isFirst ? quotient : 1 / quotient;
        } finally {
          await Promise.all([one.close(), two.close()]);
        }
      },
    }),
  };
}

async function load({ define, expected }: Program, isTraced: boolean): Promise<PairedWork & { close(): Promise<void> }> {
  const { core, multiplexer } = await loadVariant({ isTraced });
  const executor = new multiplexer.Multiplexer();
  const call = define(core);
  return { work: () => executor.run(call()), check: equals<unknown>(expected), close: () => executor.close() };
}
