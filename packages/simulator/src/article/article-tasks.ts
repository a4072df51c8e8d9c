/** The four tasks of the article "Concurrency Under The Hood Part 1", as they stand in its Python listing. */

import { task } from '@heddle/core';

const A = task(import.meta, 'A', function* () {
  return 1 + (yield* B());
});

const B = task(import.meta, 'B', function* () {
  return 1 + (yield* C());
});

const C = task(import.meta, 'C', function* () {
  return 1;
});

// The listing's main returns nothing. This one hands on what A came to, 3, as evidence that the tasks ran.
const main = task(import.meta, 'main', function* () {
  return yield* A();
});

/** The article's tasks: `main` awaits `A`, which awaits `B`, which awaits `C`. Portable, so that every executor takes them. */
export const articleTasks = { main, A, B, C } as const;
