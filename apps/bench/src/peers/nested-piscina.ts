/** Plain piscina with tasks that submit tasks to their own pool, by way of the main thread. */

import type { MessagePort } from 'node:worker_threads';
import type { Answer, Request } from '../workers/nested-piscina.ts';
import { THREADS } from './worker-functions.ts';

/** A pool in which nothing has begun or ended for so long is taken to stand still for ever: its tasks take microseconds. */
const STANDSTILL_MS = 1_000;
const LOOK_MS = 20;

/** What came of a tree of tasks. */
export interface Growth {
  /** `undefined` where nothing went on any more. */
  readonly result: number | undefined;
  /** Tasks of piscina that have begun. */
  readonly begun: number;
  /** Tasks that wait in piscina's queue. */
  readonly queued: number;
  /** From the beginning to the result, or to where the wait was given up. */
  readonly elapsedMs: number;
}

export interface NestedPiscina {
  /** Computes `fib(n)` by tasks, until it is there or nothing goes on any more. */
  grow(n: number): Promise<Growth>;
  close(): Promise<void>;
}

/**
 * @param concurrentTasksPerWorker how many tasks piscina may have under way on a thread; its default is 1
 * @param standstillMs for how long nothing must begin or end for the pool to be given up
 */
export async function openNestedPiscina(concurrentTasksPerWorker: number, standstillMs = STANDSTILL_MS): Promise<NestedPiscina> {
  const { Piscina } = await import('piscina');
  const filename = new URL('../workers/nested-piscina.js', import.meta.url).href;
  const pool = new Piscina<number, number>({ filename, name: 'fib', minThreads: THREADS, maxThreads: THREADS, concurrentTasksPerWorker });
  const ports: MessagePort[] = [];
  let submitted = 0;
  let settled = 0;
  const submit = async (n: number): Promise<number> => {
    submitted++;
    const result = await pool.run(n);
    settled++;
    return result;
  };
  pool.on('message', (port: MessagePort) => {
    ports.push(port);
    port.on('message', ([id, n]: Request) => {
      // What fails does so because the pool was closed: nobody waits for it any more.
      submit(n).then((result) => port.postMessage([id, result] satisfies Answer), () => {});
    });
  });
  // Every thread has loaded the function before anything counts.
  await Promise.all(Array.from({ length: THREADS }, () => pool.run(1)));
  return {
    async grow(n) {
      [submitted, settled] = [0, 0];
      const startMs = performance.now();
      const watch = new StandstillWatch(() => `${submitted} ${settled} ${pool.queueSize}`, standstillMs);
      const result = await Promise.race([submit(n).catch(() => undefined), watch.standstill]);
      watch.stop();
      return { result, begun: submitted - pool.queueSize, queued: pool.queueSize, elapsedMs: performance.now() - startMs };
    },
    async close() {
      for (const port of ports) port.close();
      await pool.destroy();
    },
  };
}

/** Notices when what it looks at does not change any more. */
class StandstillWatch {
  /** Settles when nothing has changed for so long. */
  readonly standstill: Promise<undefined>;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(look: () => string, standstillMs: number) {
    const { promise, resolve } = withResolvers<undefined>();
    this.standstill = promise;
    let last = look();
    let sinceMs = performance.now();
    this.#timer = setInterval(() => {
      const now = look();
      if (now !== last) [last, sinceMs] = [now, performance.now()];
      else if (performance.now() - sinceMs >= standstillMs) resolve(undefined);
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
