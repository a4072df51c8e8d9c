import type { ThreadPool } from '@heddle/threadpool';
import { block } from './fixtures/basics.js';
import { flags, Flag } from './flag.ts';

/**
 * Waits until every thread of an idle pool is up, has met the others, and would take a spawned call: each has run one call, and
 * none ended before all had begun. Returns the `threadId` of each.
 */
export async function warmUp(pool: ThreadPool): Promise<number[]> {
  const go = new Flag();
  const started = flags(pool.capacity);
  const threads = Promise.all(started.map((flag) => pool.run(block(flag.memory, go.memory))));
  await Promise.all(started.map((flag) => flag.raised()));
  go.raise();
  return await threads;
}
