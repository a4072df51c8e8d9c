/** Does its whole share of a burst for one message, and answers with one: nothing stands between one task and the next. */

import { parentPort } from 'node:worker_threads';
import { spin } from './functions.ts';

parentPort?.on('message', (steps: readonly number[]) => {
  parentPort?.postMessage(steps.map(spin));
});
