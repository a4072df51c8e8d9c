/** Who is asking: some methods belong to the task that calls them. */

import type { Fiber } from '../engine/fiber.ts';
import { engine } from '../engine/state.ts';

/** Names who is running, for errors. */
export function currentTaskName(): string {
  return engine.fiber === null ? 'code outside of any task' : `task ${engine.fiber.name}`;
}

/** Returns the fiber that is running. @throws {TypeError} outside of a task */
export function currentFiber(what: string): Fiber {
  if (engine.fiber === null) throw new TypeError(`Expected ${what} inside a task that an executor runs, got a call outside of any task`);
  return engine.fiber;
}
