/** The one place where a running fiber gets a child. */

import { CallFrame } from './call-frame.ts';
import { Fiber } from './fiber.ts';
import { Scope } from './scope.ts';

/** Starts `call` as a child of `fiber`, owned by the innermost scope of `frame`, which is opened on the first spawn. */
export function spawnInto(fiber: Fiber, frame: CallFrame, call: CallFrame): Fiber {
  const { scope } = fiber;
  return spawnIn(scope !== null && scope.frame === frame ? scope : new Scope(fiber, frame, 'keep'), call);
}

/** Starts `call` as a child owned by `scope`. In a cancelled scope it ends at once, cancelled. */
export function spawnIn(scope: Scope, call: CallFrame): Fiber {
  const { host } = scope.fiber;
  const child = new Fiber(host, call, undefined, scope);
  if (host.inheritance !== null) host.inheritance.spawned(child);
  if (scope.cancelError !== null) child.cancel(scope.cancelError);
  else if (child.accept()) host.spawn(child);
  return child;
}
