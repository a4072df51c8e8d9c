import type { Clock } from '@heddle/core';
import { expectNumber } from '@heddle/core/engine';
import type { PolicyContext, PolicyFactory, QueuedTask } from './queue-policy.ts';
import { RankedQueue } from './ranked-queue.ts';

/** Options of {@link priority}. */
export interface PriorityOptions {
  /**
   * How long a task waits in the queue to gain one level of priority, in milliseconds, above 0. Without it, tasks of high
   * priority that never end starve all others.
   *
   * @default Infinity
   */
  readonly agingMs?: number | undefined;
}

/**
 * The highest `priority` first, and first in, first out among equals. Whoever is awaited, or holds a lock that is, has the
 * priority of the most urgent one that waits (priority inheritance).
 *
 * @remarks Every operation takes time logarithmic in the number of ready tasks. With `agingMs` each push reads the executor's
 * clock. A task that steps and comes back waits anew.
 * @throws {TypeError} when `agingMs` is no number
 * @throws {RangeError} when `agingMs` is not above 0
 */
export function priority(options: PriorityOptions = {}): PolicyFactory {
  const agingMs = expectNumber('agingMs', options.agingMs ?? Infinity, { above: 0, infinite: true });
  return <T extends QueuedTask>({ clock }: PolicyContext) => new RankedQueue<T>(levelOf, agingMs === Infinity ? undefined : headStart(clock, agingMs));
}

function levelOf({ priority: level }: QueuedTask): number {
  return level;
}

/**
 * A task that has waited since `queuedAt` counts, at the time `now`, for `priority + (now - queuedAt) / agingMs`. Of that,
 * `now / agingMs` is the same for all that wait, so it can be left out without changing who comes first: the rank
 * `priority - queuedAt / agingMs` never changes while a task waits, and the heap stays valid as time goes by.
 */
function headStart(clock: Clock, agingMs: number): () => number {
  // Times count from here: epoch milliseconds would leave too few digits for the fraction of a level.
  const startMs = clock.now();
  return () => (startMs - clock.now()) / agingMs;
}
