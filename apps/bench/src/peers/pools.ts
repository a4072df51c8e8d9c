/** The pools that Heddle is measured against, each with the settings that its documentation and a trial showed to be the fastest. */

import { fileURLToPath } from 'node:url';
import { THREADS, type ArgumentOf, type FunctionName, type PoolPeer } from './worker-functions.ts';

const FUNCTIONS = new URL('../workers/functions.js', import.meta.url);

/**
 * Tasks that piscina and tinypool may have under way on a thread. Meant for tasks that wait; it hides the way back and forth
 * for others too, and was worth up to twice the throughput of bursts in a trial. 1,024 gave no more.
 */
const TASKS_UNDER_WAY = 16;

const piscina: PoolPeer = {
  name: 'piscina',
  note: `defaults, ${THREADS} threads fixed`,
  open: (name) => openPiscina(name, {}),
};

export const piscinaTuned: PoolPeer = {
  name: 'piscina tuned',
  note: `FixedQueue, recordTiming: false, concurrentTasksPerWorker: ${TASKS_UNDER_WAY}`,
  open: async (name) => {
    const { FixedQueue } = await import('piscina');
    return await openPiscina(name, { taskQueue: new FixedQueue(), recordTiming: false, concurrentTasksPerWorker: TASKS_UNDER_WAY });
  },
};

const tinypool: PoolPeer = {
  name: 'tinypool',
  note: `defaults, ${THREADS} threads fixed`,
  open: (name) => openTinypool(name, {}),
};

const tinypoolTuned: PoolPeer = {
  name: 'tinypool tuned',
  note: `concurrentTasksPerWorker: ${TASKS_UNDER_WAY}`,
  open: (name) => openTinypool(name, { concurrentTasksPerWorker: TASKS_UNDER_WAY }),
};

const workerpool: PoolPeer = {
  name: 'workerpool',
  note: `worker threads, a dedicated worker script, ${THREADS} workers fixed`,
  open: async (name) => {
    const library = await import('workerpool');
    const script = fileURLToPath(new URL('../workers/workerpool-worker.js', import.meta.url));
    const pool = library.default.pool(script, { workerType: 'thread', minWorkers: THREADS, maxWorkers: THREADS });
    // Its promise is a class of its own, which can be awaited all the same.
    return { run: (argument) => pool.exec(name, [argument]) as unknown as Promise<number>, close: async () => await pool.terminate() };
  },
};

const poolifier: PoolPeer = {
  name: 'poolifier',
  // With its task queue on it was six times slower in a trial.
  note: `FixedThreadPool of ${THREADS}, enableEvents: false, task queue off (its default)`,
  open: async <N extends FunctionName>(name: N) => {
    const { FixedThreadPool } = await import('poolifier');
    const script = fileURLToPath(new URL('../workers/poolifier-worker.js', import.meta.url));
    const pool = new FixedThreadPool<ArgumentOf<N>, number>(THREADS, script, { enableEvents: false });
    return { run: (argument) => pool.execute(argument, name), close: () => pool.destroy() };
  },
};

/** Every pool, in the order of the reports. */
export const POOL_PEERS: readonly PoolPeer[] = [piscina, piscinaTuned, tinypool, tinypoolTuned, workerpool, poolifier];

type PiscinaOptions = NonNullable<ConstructorParameters<(typeof import('piscina'))['Piscina']>[0]>;

async function openPiscina<N extends FunctionName>(name: N, options: PiscinaOptions) {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({ filename: FUNCTIONS.href, name, minThreads: THREADS, maxThreads: THREADS, ...options });
  return { run: (argument: ArgumentOf<N>): Promise<number> => pool.run(argument), close: () => pool.destroy() };
}

type TinypoolOptions = NonNullable<ConstructorParameters<(typeof import('tinypool'))['Tinypool']>[0]>;

async function openTinypool<N extends FunctionName>(name: N, options: TinypoolOptions) {
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({ filename: FUNCTIONS.href, name, minThreads: THREADS, maxThreads: THREADS, ...options });
  return { run: (argument: ArgumentOf<N>): Promise<number> => pool.run(argument), close: () => pool.destroy() };
}
