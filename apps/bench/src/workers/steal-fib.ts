/** Nested Fibonacci calls as tasks, every one of them: nothing but scheduling. */

import { join, spawn, task, type Coroutine } from '@heddle/core';

/** Spawns one half and runs the other in place. `fib(n)` makes `2 fibonacci(n + 1) - 1` tasks. */
export const fib = task(import.meta, 'fib', function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* spawn(fib(n - 1));
  const right = yield* fib(n - 2);
  return (yield* left) + right;
});

/** The same with both halves spawned and awaited. */
export const fibBySpawn = task(import.meta, 'fibBySpawn', function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* spawn(fibBySpawn(n - 1));
  const right = yield* spawn(fibBySpawn(n - 2));
  return (yield* left) + (yield* right);
});

/** The same by `join`, which spawns one half and runs the other in place. */
export const fibByJoin = task(import.meta, 'fibByJoin', function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const [right, left] = yield* join(fibByJoin(n - 2), fibByJoin(n - 1));
  return left + right;
});

/** The same with nothing spawned. */
export const fibByAwait = task(import.meta, 'fibByAwait', function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* fibByAwait(n - 1);
  const right = yield* fibByAwait(n - 2);
  return left + right;
});

/** The `n`th Fibonacci number, from 0, 1, 1, 2. */
export function fibonacci(n: number): number {
  let [last, next] = [0, 1];
  for (let step = 0; step < n; step++) [last, next] = [next, last + next];
  return last;
}

/** How many tasks each of them makes for `n`, the outermost included. */
export function fibTasks(n: number): number {
  return 2 * fibonacci(n + 1) - 1;
}
