/** Strategies: which threads run the calls that tasks spawn. */

/** How a pool shares out spawned calls: made by {@link workStealing} or {@link sharedQueue}. */
export interface Strategy {
  readonly name: 'workStealing' | 'sharedQueue';
}

const WORK_STEALING: Strategy = Object.freeze({ name: 'workStealing' });
const SHARED_QUEUE: Strategy = Object.freeze({ name: 'sharedQueue' });

/**
 * Each thread keeps the calls that its tasks spawn, newest first for itself; a thread that has nothing to do is given the oldest
 * that has not started, which is the one with the most work under it, by the thread that has it. So trees of tasks spread over all
 * threads, however uneven, and while all are busy nothing is copied: a spawn costs a look at shared memory more than on one thread.
 *
 * @see Acar, Charguéraud, Rainey, "Scheduling Parallel Programs by Work Stealing with Private Deques" (PPoPP 2013)
 */
export function workStealing(): Strategy {
  return WORK_STEALING;
}

/**
 * Threads share the queue of submitted calls, and nothing else: what a task spawns runs on its own thread, interleaved with it. For
 * tasks whose children belong where they are: they use what the thread keeps in memory, or cost more to copy than to run.
 */
export function sharedQueue(): Strategy {
  return SHARED_QUEUE;
}

export function isStrategy(value: unknown): value is Strategy {
  return value === WORK_STEALING || value === SHARED_QUEUE;
}
