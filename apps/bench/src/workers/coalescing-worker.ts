/** The least that a worker thread can do with many calls in one message: nothing stands between one and the next. */

import { parentPort } from 'node:worker_threads';
import { work } from './chosen-work.ts';

parentPort?.on('message', (args: readonly unknown[]) => {
  parentPort?.postMessage(args.map((argument) => work(argument)));
});
