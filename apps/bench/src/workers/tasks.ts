/** The functions of `functions.ts` as Heddle tasks. Worker threads import this module to find them. */

import { spawn, task, type Coroutine } from '@heddle/core';
import * as functions from './functions.ts';

export const echo = task(import.meta, 'echo', functions.echo);
export const spin = task(import.meta, 'spin', functions.spin);
export const spinItem = task(import.meta, 'spinItem', functions.spinItem);
export const addOne = task(import.meta, 'addOne', functions.addOne);

/** Below this the task goes on without spawning. */
export const FIB_CUTOFF = 20;

/** Fork-join: one half may run elsewhere, the other runs here. */
export const nestedFib = task(import.meta, 'nestedFib', function* (n: number): Coroutine<number> {
  if (n <= FIB_CUTOFF) return functions.fib(n);
  const left = yield* spawn(nestedFib(n - 1));
  const right = yield* nestedFib(n - 2);
  return (yield* left) + right;
});
