import type { Call } from '@heddle/core';
import type { PoolPeer } from './worker-functions.ts';
import { THREADS } from './worker-functions.ts';

/** Our own pool, behind the same interface as its rivals. */
export const heddlePool: PoolPeer = {
  name: 'heddle',
  note: `ThreadPool, defaults, ${THREADS} threads`,
  open: async (name) => {
    const [{ ThreadPool }, tasks] = await Promise.all([import('@heddle/threadpool'), import('../workers/tasks.ts')]);
    const task = tasks[name] as (argument: unknown) => Call<number, true>;
    const pool = new ThreadPool({ threads: THREADS });
    return { run: (argument) => pool.run(task(argument)), close: () => pool.close() };
  },
};
