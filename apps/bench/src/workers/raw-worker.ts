/** The least that a worker thread can do: one message in, one message out. */

import { parentPort, workerData } from 'node:worker_threads';
import { addOne, echo, spin, spinItem } from './functions.ts';

const functions = { echo, spin, spinItem, addOne };
const work = functions[(workerData as { name: keyof typeof functions }).name] as (argument: unknown) => unknown;

parentPort?.on('message', ({ id, argument }: { id: number; argument: unknown }) => {
  parentPort?.postMessage({ id, result: work(argument) });
});
