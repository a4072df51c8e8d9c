/** A program: prints how much resident memory an idle thread of a peer's pool takes, in megabytes (2^20 bytes). Argument: the peer's name. */

import { rawThreads } from './baselines.ts';
import { heddlePool } from './heddle-pool.ts';
import { POOL_PEERS } from './pools.ts';
import { THREADS, type PoolPeer } from './worker-functions.ts';

/** Enough threads for what is not theirs to vanish. */
const POOLS = 4;

/** Long enough that no thread takes the calls of another. */
const STEPS = 3_000_000;

const BYTES_PER_MB = 2 ** 20;

const [, , wanted] = process.argv;
const peer = [heddlePool, rawThreads, ...POOL_PEERS].find(({ name }) => name === wanted);
if (peer === undefined) throw new TypeError(`Expected the name of a peer, got ${String(wanted)}`);

/** Makes a pool of which every thread has run a task. */
async function use(maker: PoolPeer): Promise<void> {
  const pool = await maker.open('spin');
  await Promise.all(Array.from({ length: 2 * THREADS }, () => pool.run(STEPS)));
}

// The first pool pays for what all of them share.
await use(peer);
const before = process.memoryUsage.rss();
for (let count = 0; count < POOLS; count++) await use(peer);
const bytes = process.memoryUsage.rss() - before;
process.stdout.write(String(bytes / (POOLS * THREADS) / BYTES_PER_MB), () => {
  process.exit(0);
});
