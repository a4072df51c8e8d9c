/** What a worker was told to do by `workerData.name`. */

import { workerData } from 'node:worker_threads';
import { addOne, echo, spin, spinItem } from './functions.ts';

const functions = { echo, spin, spinItem, addOne };
export const work = functions[(workerData as { name: keyof typeof functions }).name] as (argument: unknown) => unknown;
