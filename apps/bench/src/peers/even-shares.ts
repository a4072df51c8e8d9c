/** What the machine allows: as many threads as the pools have, each of which does its share of the tasks in one go. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { equalsEach, perSecond, timed, type Subject } from '../harness/index.ts';
import type { SpinWork } from './calibrate.ts';
import { THREADS } from './worker-functions.ts';

export const EVEN_SHARES = 'even shares';

/** Makes the subject that has `tasks` spins done so. Its value: tasks a second. */
export function evenShares(tasks: number): Subject<SpinWork> {
  return {
    name: EVEN_SHARES,
    note: `${THREADS} workers, one message to each with its share of the tasks: what the machine allows`,
    async setup({ steps, expected }) {
      const workers = Array.from({ length: THREADS }, () => new Worker(new URL('../workers/coalescing-worker.js', import.meta.url), { workerData: { name: 'spin' } }));
      await Promise.all(workers.map((worker) => once(worker, 'online')));
      const share = Array.from({ length: tasks / THREADS }, () => steps);
      const runOn = async (worker: Worker): Promise<number[]> => {
        const message = once(worker, 'message') as Promise<[number[]]>;
        worker.postMessage(share);
        const [results] = await message;
        return results;
      };
      return timed({
        operations: tasks,
        as: perSecond,
        work: async () => (await Promise.all(workers.map(runOn))).flat(),
        check: equalsEach(tasks, () => expected),
        teardown: async () => {
          await Promise.all(workers.map((worker) => worker.terminate()));
        },
      });
    },
  };
}
