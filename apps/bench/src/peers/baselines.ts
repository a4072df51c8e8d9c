/** What bounds a pool from either side: the work without any pool, and worker threads without any library. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { THREADS, type PoolPeer } from './worker-functions.ts';

/** The work on the calling thread: the cost of the promises alone where the work is empty. */
export const inPlace: PoolPeer = {
  name: 'no pool',
  note: 'an async function on the calling thread',
  open: async (name) => {
    const functions = await import('../workers/functions.ts');
    const work = functions[name] as (argument: unknown) => number;
    return { run: async (argument) => work(argument), close: () => Promise.resolve() };
  },
};

/** One message there and one back for each task, in turn to each thread: no queue, no errors, no cancellation. */
export const rawThreads: PoolPeer = {
  name: 'raw worker_threads',
  note: `postMessage in turn to ${THREADS} workers, nothing else`,
  open: async (name) => {
    const pending = new Map<number, (result: number) => void>();
    const workers = Array.from({ length: THREADS }, () => new Worker(new URL('../workers/raw-worker.js', import.meta.url), { workerData: { name } }));
    for (const worker of workers) {
      worker.on('message', ({ id, result }: { id: number; result: number }) => {
        pending.get(id)?.(result);
        pending.delete(id);
      });
    }
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    let nextId = 0;
    return {
      run: (argument) =>
        new Promise<number>((resolve) => {
          const id = nextId++;
          pending.set(id, resolve);
          // Invariant: the index is less than the number of workers.
          workers[id % THREADS]!.postMessage({ id, argument });
        }),
      close: () => Promise.all(workers.map((worker) => worker.terminate())),
    };
  },
};
