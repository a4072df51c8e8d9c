import type { PolicyFactory, QueuedTask } from './queue-policy.ts';
import { RankedQueue } from './ranked-queue.ts';

/**
 * The earliest `deadline` first; tasks without one come last, and equals first in, first out. If any order on one thread meets all
 * deadlines, this one does. A child has the deadline of its parent unless its own is earlier, and whoever is awaited, or holds
 * a lock that is, has the earliest deadline of those that wait.
 *
 * @remarks Every operation takes time logarithmic in the number of ready tasks. Not fair: while tasks with deadlines are ready,
 * those without one starve, and under overload it is not said which deadlines are missed.
 * @see Liu, Layland: Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment, Journal of the ACM 20 (1973)
 */
export function edf(): PolicyFactory {
  return <T extends QueuedTask>() => new RankedQueue<T>(levelOf);
}

function levelOf({ deadline }: QueuedTask): number {
  return deadline === undefined ? -Infinity : -deadline;
}
