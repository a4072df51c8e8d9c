import { defineSuite, equals, nanosecondsEach, timed } from '../harness/index.ts';
import { undisturbed } from '../peers/native.ts';
import { multiplexerSubject } from '../peers/single-thread.ts';
import { descend, descendMachine, effectDescend, linkAndUnwind, nativeDescend } from './deep-descents.ts';

const DEPTH = 1_000_000;

const measured = { operations: DEPTH, as: nanosecondsEach, check: equals(DEPTH) };

export const deepChain = defineSuite(import.meta, {
  id: 'deep-chain',
  question: 'What does an await cost in a chain of a million awaits, one inside the other?',
  unit: 'ns per await',
  lowerIsBetter: true,
  subjects: [
    multiplexerSubject('heddle multiplexer', { ...measured, call: () => descend(DEPTH) }),
    multiplexerSubject('heddle machine', { ...measured, call: () => descendMachine(DEPTH) }, 'the same as a state machine'),
    { name: 'loop', note: 'a million linked objects, made and unwound: no task, no await', setup: () => timed({ ...measured, work: () => linkAndUnwind(DEPTH) }) },
    {
      name: 'native async',
      note: 'async functions that await once before they recurse, since 16,000 nested calls overflow the stack',
      setup: () => undisturbed(timed({ ...measured, work: () => nativeDescend(DEPTH) })),
    },
    {
      name: 'effect',
      note: 'Effect.suspend and Effect.map, runPromise',
      async setup() {
        const run = await effectDescend();
        return timed({ ...measured, work: () => run(DEPTH) });
      },
    },
  ],
  ratios: [
    { name: 'heddle multiplexer / native async time', numerator: 'heddle multiplexer', denominator: 'native async', atMost: 1 },
    { name: 'heddle multiplexer / effect time', numerator: 'heddle multiplexer', denominator: 'effect' },
    { name: 'heddle machine / native async time', numerator: 'heddle machine', denominator: 'native async' },
  ],
});
