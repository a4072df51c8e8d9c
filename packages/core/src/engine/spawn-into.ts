/** The one place where a running fiber gets a child. */

import type { CarriedContext } from './carried-context.ts';
import type { TaskCall } from './task-call.ts';
import { Fiber } from './fiber.ts';
import { Scope } from './scope.ts';

/** Starts `call` as a child of `fiber`, owned by the innermost scope of the body at `level`, which is opened on the first spawn. */
export function spawnInto(fiber: Fiber, level: number, call: TaskCall): Fiber {
  if (!fiber.takesChildAt(level)) return spawnIn(scopeOf(fiber, level), call);
  const child = new Fiber(fiber.host, call, undefined, fiber);
  begin(child);
  return child;
}

/** Returns the innermost scope of the body at `level`, opened here if there is none. */
export function scopeOf(fiber: Fiber, level: number): Scope {
  const { scope } = fiber;
  return scope !== null && scope.level === level ? scope : new Scope(fiber, level, 'keep');
}

/**
 * Starts `call` as a child owned by `scope`. In a cancelled scope it ends at once, cancelled.
 *
 * @param context what the child carries, where that is not what its parent does
 */
export function spawnIn(scope: Scope, call: TaskCall, context?: CarriedContext): Fiber {
  const child = new Fiber(scope.fiber.host, call, undefined, scope);
  if (context !== undefined) child.context = context;
  if (scope.cancelError === null) begin(child);
  else child.cancel(scope.cancelError);
  return child;
}

function begin(child: Fiber): void {
  const { host } = child;
  if (host.inheritance !== null) host.inheritance.spawned(child);
  if (child.accept()) host.spawn(child);
}
