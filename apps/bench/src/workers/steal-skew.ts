/** {@link workLeaves} as tasks. */

import { spawn, task, type Coroutine, type TaskHandle } from '@heddle/core';
import { branchesOf, workLeaves } from './steal-skew-functions.ts';

/** Works on all branches. */
export const skew = task(import.meta, 'skew', function* (leaves: number): Coroutine<number> {
  const handles: TaskHandle<number>[] = [];
  for (const branch of branchesOf(leaves)) handles.push(yield* spawn(halves(branch)));
  let sum = 0;
  for (const handle of handles) sum = (sum + (yield* handle)) | 0;
  return sum;
});

/** Works on one branch, by halves, down to single leaves. */
export const halves = task(import.meta, 'halves', function* (leaves: number): Coroutine<number> {
  if (leaves <= 1) return workLeaves(leaves);
  const half = leaves >> 1;
  const left = yield* spawn(halves(half));
  const right = yield* halves(leaves - half);
  return ((yield* left) + right) | 0;
});
