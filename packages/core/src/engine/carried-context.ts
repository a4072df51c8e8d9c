/**
 * What a task carries from where it was submitted or spawned through all of its steps: the stores of AsyncLocalStorage, and
 * the values of task-locals. A generator runs in the AsyncLocalStorage context of whoever calls its `next()`, so it is the
 * step that has to run in the task's own.
 */

import { currentFiber } from './async-context.ts';
import { asyncScopeCapture, type AsyncScope } from './async-scope.ts';
import type { Fiber } from './fiber.ts';
import { engine } from './state.ts';

/** One value of one task-local, on top of those around it. */
export interface Binding {
  readonly local: object;
  readonly value: unknown;
  readonly outer: Binding | null;
}

/** Immutable, so tasks share it. */
export class CarriedContext {
  /** `null` where AsyncLocalStorage is not followed. */
  readonly scope: AsyncScope | null;
  readonly bindings: Binding | null;

  constructor(scope: AsyncScope | null, bindings: Binding | null) {
    this.scope = scope;
    this.bindings = bindings;
  }

  /** Returns this context with one more value. */
  bind(local: object, value: unknown): CarriedContext {
    return new CarriedContext(this.scope, { local, value, outer: this.bindings });
  }
}

const NOTHING = new CarriedContext(null, null);

/** Not made yet; or `null` where the host has no AsyncLocalStorage. */
let captureScope: (() => CarriedContext) | null | undefined;

/** Returns the task-locals as they are here and now; in `owner`, where no task runs. */
export function bindingsHere(owner: Fiber | null = null): Binding | null {
  const fiber = currentFiber() ?? owner;
  return fiber === null ? engine.bindings : fiber.context.bindings;
}

/**
 * Returns what a call that is submitted here and now carries.
 *
 * @param followsAsync whether the stores of AsyncLocalStorage are part of it
 * @param owner whose task-locals it has where no task runs; without one, those that are set outside of tasks
 */
export function contextHere(followsAsync: boolean, owner: Fiber | null = null): CarriedContext {
  const bindings = bindingsHere(owner);
  const captured = followsAsync ? capture() : NOTHING;
  return bindings === null ? captured : new CarriedContext(captured.scope, bindings);
}

function capture(): CarriedContext {
  if (captureScope === undefined) captureScope = asyncScopeCapture((scope) => new CarriedContext(scope, null));
  return captureScope === null ? NOTHING : captureScope();
}

/** Whether code under `scope` can run here without entering it. */
export function hasEntered(scope: AsyncScope | null): boolean {
  // Inside another step, anyone may have changed the stores since that step entered its own.
  return scope === null || (scope === engine.asyncScope && engine.fiber === null);
}

/**
 * Runs `body` in what `fiber` carries. An executor that steps many fibers in a row calls it around all of them: each step
 * whose fiber carries the same then has nothing to enter.
 */
export function inContextOf<R>(fiber: Fiber, body: (fiber: Fiber) => R): R {
  const { scope } = fiber.context;
  if (scope === null || hasEntered(scope)) return body(fiber);
  const outerScope = engine.asyncScope;
  engine.asyncScope = scope;
  try {
    return scope.runInAsyncScope(body, undefined, fiber);
  } finally {
    engine.asyncScope = outerScope;
  }
}
