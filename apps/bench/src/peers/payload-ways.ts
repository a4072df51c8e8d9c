/** Who takes a payload to a thread and back, and how. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { THREADS } from './worker-functions.ts';

/** How the bytes get there and back. */
export type Way = 'copied' | 'moved' | 'shared';

/** Takes bytes to a thread, which touches them, and gives them as they came back: the same ones where they are shared. */
export interface Carrier {
  carry(bytes: Uint8Array): Promise<Uint8Array>;
  close(): Promise<unknown>;
}

const transferOf = (way: Way, { buffer }: Uint8Array): ArrayBuffer[] => (way === 'moved' ? [buffer as ArrayBuffer] : []);

export async function openHeddle(way: Way): Promise<Carrier> {
  const [{ ThreadPool }, tasks] = await Promise.all([import('@heddle/threadpool'), import('../workers/payload-tasks.ts')]);
  const pool = new ThreadPool({ threads: THREADS, copyHints: false });
  const carry = async (bytes: Uint8Array): Promise<Uint8Array> => {
    if (way === 'moved') return await pool.run(tasks.touchMoved(bytes), { transfer: transferOf(way, bytes) });
    if (way === 'copied') return await pool.run(tasks.touchCopied(bytes));
    await pool.run(tasks.touchShared(bytes));
    return bytes;
  };
  return { carry, close: () => pool.close() };
}

export async function openPiscina(way: Way): Promise<Carrier> {
  const { Piscina } = await import('piscina');
  const names = { copied: 'touchCopied', moved: 'touchMoved', shared: 'touchShared' };
  const pool = new Piscina({ filename: new URL('../workers/payload-piscina.js', import.meta.url).href, name: names[way], minThreads: THREADS, maxThreads: THREADS });
  const carry = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const result: unknown = await pool.run(bytes, { transferList: transferOf(way, bytes) });
    return way === 'shared' ? bytes : (result as Uint8Array);
  };
  return { carry, close: () => pool.destroy() };
}

/** In turn to as many threads as the pools have. */
export async function openRaw(way: Way): Promise<Carrier> {
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL('../workers/payload-raw.js', import.meta.url)));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  let trips = 0;
  const carry = (bytes: Uint8Array): Promise<Uint8Array> =>
    new Promise((resolve) => {
      // Invariant: the index is less than the number of workers.
      const worker = workers[trips++ % THREADS]!;
      worker.once('message', (result: unknown) => {
        resolve(way === 'shared' ? bytes : (result as Uint8Array));
      });
      worker.postMessage({ bytes, isMoved: way === 'moved' }, transferOf(way, bytes));
    });
  return { carry, close: () => Promise.all(workers.map((worker) => worker.terminate())) };
}
