import type { Call } from '@heddle/core';
import { defineSuite, equals, liveHeapBytes, type Execution, type Subject } from '../harness/index.ts';
import { bottom, descend, descendMachine, effectDescend, linkAndUnwind, nativeDescend } from './deep-descents.ts';

/** Enough for what is not theirs to vanish. A million (`deep-chain`) gave the same figures, in five times the time. */
const DEPTH = 200_000;

/** The most that an await may take while it is under way. */
const LIMIT_BYTES = 220;

export const deepMemory = defineSuite(import.meta, {
  id: 'deep-memory',
  question: `How much memory does each await take in a chain of ${DEPTH.toLocaleString('en')} awaits, one inside the other?`,
  unit: 'bytes of heap per await',
  lowerIsBetter: true,
  isSlow: true,
  subjects: [
    onMultiplexer('heddle multiplexer', '`yield* call`', () => descend(DEPTH)),
    onMultiplexer('heddle machine', 'the same as a state machine', () => descendMachine(DEPTH)),
    { name: 'linked objects', note: 'of one field each: no task, no await', setup: () => weighing(() => linkAndUnwind(DEPTH)) },
    { name: 'native async', note: 'async functions that await once before they recurse', setup: () => weighing(() => nativeDescend(DEPTH)) },
    {
      name: 'effect',
      note: 'Effect.suspend and Effect.map, runPromise',
      async setup() {
        const run = await effectDescend();
        return weighing(() => run(DEPTH));
      },
    },
  ],
  ratios: [
    { name: 'heddle multiplexer, bytes', numerator: 'heddle multiplexer', atMost: LIMIT_BYTES },
    { name: 'heddle machine, bytes', numerator: 'heddle machine', atMost: LIMIT_BYTES },
    { name: 'heddle multiplexer / native async memory', numerator: 'heddle multiplexer', denominator: 'native async' },
    { name: 'heddle multiplexer / effect memory', numerator: 'heddle multiplexer', denominator: 'effect' },
  ],
});

const check = equals(DEPTH);

function onMultiplexer(name: string, note: string, call: () => Call<number>): Subject {
  return {
    name,
    note,
    async setup() {
      const executor = new (await import('@heddle/multiplexer')).Multiplexer();
      return weighing(
        () => executor.run(call()),
        () => executor.close(),
      );
    },
  };
}

/** Makes an execution that weighs the heap when the innermost call is reached. */
function weighing(work: () => number | Promise<number>, teardown?: () => Promise<void>): Execution {
  const run = async (): Promise<number> => {
    let bytes = 0;
    const emptyBytes = liveHeapBytes();
    bottom.reached = () => {
      bytes = liveHeapBytes() - emptyBytes;
    };
    check(await work());
    return bytes / DEPTH;
  };
  return teardown === undefined ? { run } : { run, teardown };
}
