/** What a fiber tells the trace. Only called where somebody listens. */

import type { TraceEventType } from '../trace/events.ts';
import type { Fiber } from './fiber.ts';
import { Handle } from './handle.ts';
import { ScopeEnd } from './scope-end.ts';
import { engine } from './state.ts';
import { throwLater } from './throw-later.ts';
import type { Wait } from './wait.ts';

/** Tells the sink of the fiber's host. Never throws: whatever goes wrong with telling must not become the task's failure. */
export function tell(fiber: Fiber, type: TraceEventType, detail?: string): void {
  const { trace, clock, thread } = fiber.host;
  if (trace === null) return;
  try {
    const { id: taskId, name, parent } = fiber;
    const cause = engine.fiber;
    const wait = type === 'awaiting' ? fiber.waitingFor : null;
    trace.event({
      type,
      timeMs: clock.now(),
      taskId,
      name,
      thread,
      parentId: parent?.id,
      causeId: cause === fiber ? undefined : cause?.id,
      detail: wait === null ? detail : describeWait(wait),
      waitsFor: wait === null ? undefined : awaitedIds(wait),
    });
  } catch (error) {
    throwLater(error);
  }
}

/** What a wait is for; nothing where it cannot tell: it may be a user's own. */
function describeWait(wait: Wait): string | undefined {
  try {
    return wait.describe();
  } catch (error) {
    throwLater(error);
    return undefined;
  }
}

/** The tasks of which the end is awaited. */
function awaitedIds(wait: Wait): readonly string[] | undefined {
  if (wait instanceof Handle) return [wait.id];
  return wait instanceof ScopeEnd ? Array.from(wait.holders(), (child) => child.id) : undefined;
}
