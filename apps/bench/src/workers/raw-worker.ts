/** The least that a worker thread can do: one message in, one message out. */

import { parentPort } from 'node:worker_threads';
import { work } from './chosen-work.ts';

parentPort?.on('message', ({ id, argument }: { id: number; argument: unknown }) => {
  parentPort?.postMessage({ id, result: work(argument) });
});
