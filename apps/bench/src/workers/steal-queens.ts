/** The n-queens puzzle: in how many ways can n queens stand on a board of n x n squares without attacking each other? */

import { spawn, task, type Coroutine, type TaskHandle } from '@heddle/core';

/** The rows that are searched by tasks; a task for each beginning of so many queens or fewer. The rows below are searched in place. */
const TASK_ROWS = 5;

/**
 * Counts the ways to go on after some rows.
 *
 * @param all a bit for each column
 * @param columns the columns that are taken
 * @param left, right the columns that are attacked in this row along the diagonals
 * @param row the number of rows done, from 0
 */
export const queens = task(import.meta, 'queens', function* (all: number, columns: number, left: number, right: number, row: number): Coroutine<number> {
  if (row === TASK_ROWS) return countQueens(all, columns, left, right);
  const handles: TaskHandle<number>[] = [];
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    handles.push(yield* spawn(queens(all, columns | queen, ((left | queen) << 1) & all, (right | queen) >> 1, row + 1)));
  }
  let ways = 0;
  for (const handle of handles) ways += yield* handle;
  return ways;
});

function countQueens(all: number, columns: number, left: number, right: number): number {
  if (columns === all) return 1;
  let ways = 0;
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    ways += countQueens(all, columns | queen, ((left | queen) << 1) & all, (right | queen) >> 1);
  }
  return ways;
}
