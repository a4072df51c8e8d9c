/** Doing an executor's own work in the middle of a task's step. */

import { engine } from './state.ts';

/** Runs `body` as if no task stepped here at the moment: what it submits belongs to nobody and inherits nothing. */
export function outsideOfTasks(body: () => void): void {
  const { fiber, asyncScope } = engine;
  engine.fiber = null;
  engine.asyncScope = null;
  try {
    body();
  } finally {
    engine.fiber = fiber;
    engine.asyncScope = asyncScope;
  }
}
