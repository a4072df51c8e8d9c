import { defineSuite, equals } from '../harness/index.ts';
import { forkJoinRatios, forkJoinSubjects } from '../peers/fork-join.ts';
import { countNodes, search } from '../workers/steal-uts.ts';

/** The hash of a root with many nodes below it: 1 million in 10 levels. */
const ROOT = 3_189_639_203;
const LEVELS = 10;
/** 60,000 nodes. */
const QUICK_LEVELS = 8;

interface Tree {
  readonly levels: number;
  readonly nodes: number;
}

export const stealUts = defineSuite<Tree>(import.meta, {
  id: 'steal-uts',
  question: 'How long does an unbalanced tree search over 1 million nodes take, each a task, on 1 and on 2 threads that steal from each other?',
  unit: 'ms',
  lowerIsBetter: true,
  isSlow: true,
  prepare: ({ isQuick }) => {
    const levels = isQuick ? QUICK_LEVELS : LEVELS;
    return { levels, nodes: countNodes(ROOT, levels) };
  },
  subjects: forkJoinSubjects<Tree, [number, number], number>({
    module: new URL('../workers/steal-uts.js', import.meta.url),
    name: 'search',
    task: search,
    piece: ({ levels, nodes }) => ({ args: [ROOT, levels], check: equals(nodes) }),
  }),
  ratios: forkJoinRatios(1.8),
});
