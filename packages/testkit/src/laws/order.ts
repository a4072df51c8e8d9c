/** Calls start in the order in which they were submitted, whatever limits they carry. */

import assert from 'node:assert/strict';
import type { CallOptions, Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { append, appendAndGoOn } from '../tasks.ts';

/** Enough that an executor which batches or reorders shows it. */
const CALLS = 200;

export const order = defineLaw('order', 'calls start first in, first out', [
  ['fifo', 'in the order of submission', startsInOrder(() => undefined)],
  ['signal', 'a signal does not change it', startsInOrder((index, signal) => (index % 3 === 0 ? { signal } : undefined))],
  ['timeout', 'a time-out does not change it', startsInOrder((index) => (index % 3 === 0 ? { timeoutMs: 60_000 } : undefined))],
  ['queue-timeout', 'a limit on the time in the queue does not change it', startsInOrder((index) => (index % 3 === 0 ? { queueTimeoutMs: 60_000 } : undefined))],
  ['name', 'a name does not change it', startsInOrder((index) => (index % 3 === 0 ? { name: `call ${index}` } : undefined))],
]);

function startsInOrder(options: (index: number, signal: AbortSignal) => CallOptions | undefined) {
  return async (executor: Executor<true>): Promise<void> => {
    const { signal } = new AbortController();
    for (const body of [append, appendAndGoOn]) {
      const board = new Board(1 + CALLS);
      const ids = Array.from({ length: CALLS }, (_, index) => index);
      await Promise.all(ids.map((id) => executor.run(body(board.buffer, id), options(id, signal))));
      const started = ids.map((place) => board.read(1 + place));
      // Where several tasks step at the same moment, which of two neighbours is first is for the machine to say.
      assert.deepEqual(executor.capacity === 1 ? started : started.toSorted((one, other) => one - other), ids);
    }
  };
}
