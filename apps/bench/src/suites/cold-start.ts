import { defineSuite, equals, type Execution, type Subject } from '../harness/index.ts';
import { rawThreads } from '../peers/baselines.ts';
import { heddlePool } from '../peers/heddle-pool.ts';
import { POOL_PEERS } from '../peers/pools.ts';
import { THREADS, type PoolPeer } from '../peers/worker-functions.ts';

/** What starting may cost beyond piscina, which starts the threads of both. */
const LIMIT = 1.1;

/** Every execution makes a pool of its own, and closes it off the clock. */
export const coldStart = defineSuite(import.meta, {
  id: 'cold-start',
  question: `How long does it take from making a pool of ${THREADS} threads to its first result?`,
  unit: 'ms to the first result',
  lowerIsBetter: true,
  subjects: [heddlePool, rawThreads, ...POOL_PEERS].map(startSubject),
  ratios: [
    { name: 'heddle / piscina time', numerator: 'heddle', denominator: 'piscina', atMost: LIMIT },
    { name: 'heddle / raw worker_threads time', numerator: 'heddle', denominator: 'raw worker_threads' },
  ],
});

const check = equals(42);

function startSubject(peer: PoolPeer): Subject {
  const startOnce = async (): Promise<number> => {
    const startMs = performance.now();
    const pool = await peer.open('echo');
    const result = await pool.run(42);
    const elapsedMs = performance.now() - startMs;
    check(result);
    await pool.close();
    return elapsedMs;
  };
  return {
    name: peer.name,
    note: peer.note,
    async setup(): Promise<Execution> {
      // The library itself is loaded once in the life of a program.
      await startOnce();
      return { run: startOnce };
    },
  };
}
