import { task, type Coroutine } from '@heddle/core';
import { defineSuite, equals, nanosecondsEach, timed } from '../harness/index.ts';
import { multiplexerSubject } from '../peers/single-thread.ts';
import type { Effect } from 'effect';

const DEPTH = 1_000_000;

const measured = { operations: DEPTH, as: nanosecondsEach, check: equals(DEPTH) };

export const deepChain = defineSuite(import.meta, {
  id: 'deep-chain',
  question: 'What does an await cost in a chain of a million awaits, one inside the other?',
  unit: 'ns per await',
  lowerIsBetter: true,
  subjects: [
    multiplexerSubject('heddle multiplexer', { ...measured, call: () => descend(DEPTH) }),
    { name: 'loop', note: 'a million linked objects, made and unwound: no task, no await', setup: () => timed({ ...measured, work: linkAndUnwind }) },
    {
      name: 'native async',
      note: 'async functions that await once before they recurse, since 16,000 nested calls overflow the stack',
      setup: () => timed({ ...measured, work: () => nativeDescend(DEPTH) }),
    },
    { name: 'effect', note: 'Effect.suspend and Effect.map, runPromise', setup: async () => timed({ ...measured, work: await effectDescend() }) },
  ],
  ratios: [
    { name: 'heddle multiplexer / native async time', numerator: 'heddle multiplexer', denominator: 'native async' },
    { name: 'heddle multiplexer / effect time', numerator: 'heddle multiplexer', denominator: 'effect' },
  ],
});

const descend = task(function* (depth: number): Coroutine<number> {
  return depth === 0 ? 0 : (yield* descend(depth - 1)) + 1;
});

async function nativeDescend(depth: number): Promise<number> {
  if (depth === 0) return 0;
  // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- the way to leave the stack that everybody uses
  await null;
  return (await nativeDescend(depth - 1)) + 1;
}

async function effectDescend(): Promise<() => Promise<number>> {
  const { Effect } = await import('effect');
  const descendTo = (depth: number): Effect.Effect<number> =>
    depth === 0
      ? Effect.succeed(0)
      : Effect.map(
          Effect.suspend(() => descendTo(depth - 1)),
          (below) => below + 1,
        );
  return () => Effect.runPromise(descendTo(DEPTH));
}

interface Link {
  readonly parent: Link | null;
}

function linkAndUnwind(): number {
  let innermost: Link = { parent: null };
  for (let depth = 0; depth < DEPTH; depth++) innermost = { parent: innermost };
  let value = 0;
  for (let link = innermost; link.parent !== null; link = link.parent) value++;
  return value;
}
