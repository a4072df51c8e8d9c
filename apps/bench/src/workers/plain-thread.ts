/**
 * A plain worker thread that runs one task again and again on its own multiplexer. Shares nothing with any other: two of them at
 * once show what the machine allows.
 */

import { parentPort, workerData } from 'node:worker_threads';
import type { Call } from '@heddle/core';
import { lifo, Multiplexer } from '@heddle/multiplexer';

const { module, name } = workerData as { module: string; name: string };
const task = ((await import(module)) as Record<string, (...args: readonly unknown[]) => Call<unknown>>)[name];
if (task === undefined) throw new TypeError(`Expected ${module} to export a task '${name}'`);
const multiplexer = new Multiplexer({ policy: lifo() });

parentPort?.on('message', (args: readonly unknown[]) => {
  void multiplexer.run(task(...args)).then((result) => parentPort?.postMessage(result));
});
