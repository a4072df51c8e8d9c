import { defineSuite, equals } from '../harness/index.ts';
import { forkJoinRatios, forkJoinSubjects } from '../peers/fork-join.ts';
import { queens } from '../workers/steal-queens.ts';

/** @see OEIS A000170 */
interface Board {
  readonly size: number;
  readonly ways: number;
}

const BOARD: Board = { size: 13, ways: 73_712 };
const QUICK_BOARD: Board = { size: 11, ways: 2_680 };

type Args = [all: number, columns: number, left: number, right: number, row: number];

export const stealQueens = defineSuite<Board>(import.meta, {
  id: 'steal-queens',
  question: 'How long does it take to find all ways for 13 queens to stand on a board, on 1 and on 2 threads that steal from each other?',
  unit: 'ms',
  lowerIsBetter: true,
  isSlow: true,
  prepare: ({ isQuick }) => (isQuick ? QUICK_BOARD : BOARD),
  subjects: forkJoinSubjects<Board, Args, number>({
    module: new URL('../workers/steal-queens.js', import.meta.url),
    name: 'queens',
    task: queens,
    piece: ({ size, ways }) => ({ args: [2 ** size - 1, 0, 0, 0, 0], check: equals(ways) }),
  }),
  ratios: forkJoinRatios(1.8),
});
