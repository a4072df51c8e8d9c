import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defineSuite, type Subject } from '../harness/index.ts';
import { rawThreads } from '../peers/baselines.ts';
import { heddlePool } from '../peers/heddle-pool.ts';
import { POOL_PEERS } from '../peers/pools.ts';
import type { PoolPeer } from '../peers/worker-functions.ts';

/** What a thread may take beyond one of piscina, which starts the threads of both. */
const LIMIT = 1.1;

const PROGRAM = fileURLToPath(new URL('../peers/weigh-idle-threads.js', import.meta.url));

/** Every execution takes a process of its own, because memory that a thread has given back to a process does not count when another takes it. */
export const idleMemory = defineSuite(import.meta, {
  id: 'idle-memory',
  question: 'How much resident memory does a thread take that has run its first tasks and is idle?',
  unit: 'MB per thread',
  lowerIsBetter: true,
  isSlow: true,
  subjects: [heddlePool, rawThreads, ...POOL_PEERS].map(memorySubject),
  ratios: [
    { name: 'heddle / piscina memory', numerator: 'heddle', denominator: 'piscina', atMost: LIMIT },
    { name: 'heddle / raw worker_threads memory', numerator: 'heddle', denominator: 'raw worker_threads' },
  ],
});

function memorySubject({ name, note }: PoolPeer): Subject {
  return {
    name,
    note,
    setup: () => ({
      async run(): Promise<number> {
        const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, name]);
        const megabytes = Number(stdout);
        if (!(megabytes > 0)) throw new Error(`Expected a positive number of megabytes, got ${stdout}`);
        return megabytes;
      },
    }),
  };
}
