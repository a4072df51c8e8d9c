/** The least that a worker thread can do with many calls in one message. */

import { parentPort, workerData } from 'node:worker_threads';
import { addOne, echo, spin, spinItem } from './functions.ts';

const functions = { echo, spin, spinItem, addOne };
const work = functions[(workerData as { name: keyof typeof functions }).name] as (argument: unknown) => unknown;

parentPort?.on('message', (args: readonly unknown[]) => {
  parentPort?.postMessage(args.map((argument) => work(argument)));
});
