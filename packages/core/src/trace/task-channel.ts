/** The diagnostics channel on which the executors of this thread publish their trace events. */

import { builtinModule } from '../engine/host-builtins.ts';

/**
 * The name of the channel of Node's `diagnostics_channel` on which every executor publishes its {@link TraceEvent}s while somebody
 * subscribes.
 *
 * @remarks Whoever subscribes in the thread that made an executor is told of all its tasks, a thread pool's on every thread. An
 * executor looks for subscribers when a call is submitted and when a turn begins, not at each event: one that was made before the
 * first subscription tells from then on, of calls under way too. As with any diagnostics channel, what a subscriber throws is an
 * uncaught exception and does not concern the task. Hosts without `diagnostics_channel` (browsers) publish nothing.
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * subscribe(TASK_CHANNEL, (event) => console.log(event.type, event.name));
 * ```
 */
export const TASK_CHANNEL = 'heddle:task';

/** The part of a channel of Node's that is used here. */
export interface TaskChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** Not looked up yet; or `null` where the host has no channels. Kept, because Node forgets channels that nobody holds. */
let found: TaskChannel | null | undefined;

/** Returns the channel, or `null` on hosts without channels. */
export function taskChannel(): TaskChannel | null {
  if (found === undefined) {
    const module = builtinModule<{ channel(name: string): TaskChannel }>('node:diagnostics_channel');
    found = module === undefined ? null : module.channel(TASK_CHANNEL);
  }
  return found;
}
