import { AsyncLocalStorage } from 'node:async_hooks';
import { current, sleep, task, timeout } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { expect, test } from 'vitest';

const storage = new AsyncLocalStorage<string>();

/** Sleeps until it is cancelled, and notes what the store holds then, in the listener of its signal and in its `finally` block. */
const waitForAbort = task(function* (log: string[]) {
  current().signal.addEventListener('abort', () => log.push(`abort ${storage.getStore()}`));
  try {
    yield* sleep(1e6);
  } finally {
    log.push(`finally ${storage.getStore()}`);
  }
});

const waitWithLimit = task(function* (log: string[]) {
  yield* timeout(3, waitForAbort(log));
});

test('a task that is timed out has its own stores, whoever set the timer that its own is on', async () => {
  await using multiplexer = new Multiplexer();
  const log: string[] = [];
  const nap = task(function* () {
    yield* sleep(1);
    yield* sleep(3);
  });
  const runs = [
    storage.run('napper', () => multiplexer.run(nap())),
    storage.run('run', () => multiplexer.run(waitForAbort(log), { timeoutMs: 3 })),
    storage.run('deadline', () => multiplexer.run(waitForAbort(log), { deadline: multiplexer.clock.now() + 3 })),
    storage.run('operation', () => multiplexer.run(waitWithLimit(log))),
    storage.run('spawned', () => multiplexer.run(task(function* () { yield* waitForAbort(log); })(), { timeoutMs: 3 })),
  ];
  await Promise.allSettled(runs);
  const expected = ['deadline', 'operation', 'run', 'spawned'].flatMap((store) => [`abort ${store}`, `finally ${store}`]);
  expect(log.toSorted()).toEqual(expected.toSorted());
});

test('so has one that is cancelled because its multiplexer closes', async () => {
  const multiplexer = new Multiplexer();
  const log: string[] = [];
  const run = storage.run('own', () => multiplexer.run(waitForAbort(log)));
  await new Promise(setImmediate);
  const closed = storage.run('closer', () => multiplexer.close({ deadlineMs: 1 }));
  await Promise.allSettled([run, closed]);
  expect(log).toEqual(['abort own', 'finally own']);
});
