/** What coalescing alone allows: calls that are submitted together travel together, and nothing else is done for them. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { THREADS, type PoolPeer } from './worker-functions.ts';

/** Calls in one message at most: as many as our pool puts into one. */
const MOST_TOGETHER = 1_024;

type Resolve = (result: number) => void;

class Thread {
  readonly worker: Worker;
  /** What resolves the promises of each message that was sent and not answered. */
  readonly #sent: Resolve[][] = [];

  constructor(name: string) {
    this.worker = new Worker(new URL('../workers/coalescing-worker.js', import.meta.url), { workerData: { name } });
    this.worker.on('message', (results: number[]) => {
      // Invariant: answers come in the order of the messages.
      for (const [index, resolve] of this.#sent.shift()!.entries()) resolve(results[index]!);
    });
  }

  send(args: unknown[], resolves: Resolve[]): void {
    this.#sent.push(resolves);
    this.worker.postMessage(args);
  }
}

/** Worker threads and messages of many calls: no options, no errors, no cancellation, no order of their own, and nothing is taken back. */
export const coalesced: PoolPeer = {
  name: 'coalesced',
  note: `${THREADS} workers, up to ${MOST_TOGETHER.toLocaleString('en')} calls in a message and nothing else: what the machine allows`,
  open: async (name) => {
    const threads = Array.from({ length: THREADS }, () => new Thread(name));
    await Promise.all(threads.map(({ worker }) => once(worker, 'online')));
    let args: unknown[] = [];
    let resolves: Resolve[] = [];
    let next = 0;
    const send = (): void => {
      const together = Math.min(MOST_TOGETHER, Math.ceil(args.length / THREADS));
      for (let from = 0; from < args.length; from += together) {
        // Invariant: the index is less than the number of threads.
        threads[next++ % THREADS]!.send(args.slice(from, from + together), resolves.slice(from, from + together));
      }
      args = [];
      resolves = [];
    };
    return {
      run: (argument) =>
        new Promise<number>((resolve) => {
          if (args.length === 0) queueMicrotask(send);
          args.push(argument);
          resolves.push(resolve);
        }),
      close: () => Promise.all(threads.map(({ worker }) => worker.terminate())),
    };
  },
};
