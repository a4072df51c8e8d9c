/**
 * {@link fib} as a function for plain piscina. What it would spawn it asks the main thread to submit, over a port that each worker sends
 * there when it starts: a worker of piscina has no other way to its pool.
 */

import { MessageChannel, parentPort } from 'node:worker_threads';

/** What a worker asks for, and what it gets. */
export type Request = readonly [id: number, n: number];
export type Answer = readonly [id: number, result: number];

const { port1: toPool, port2 } = new MessageChannel();
parentPort?.postMessage(port2, [port2]);

const waiting = new Map<number, (result: number) => void>();
let lastId = 0;

toPool.on('message', ([id, result]: Answer) => {
  waiting.get(id)?.(result);
  waiting.delete(id);
});

function submit(n: number): Promise<number> {
  return new Promise((resolve) => {
    const id = ++lastId;
    waiting.set(id, resolve);
    toPool.postMessage([id, n] satisfies Request);
  });
}

export async function fib(n: number): Promise<number> {
  if (n < 2) return n;
  const left = submit(n - 1);
  const right = await fib(n - 2);
  return (await left) + right;
}
