/** What native async functions are measured with: a look at whether anything in the process slows them down. */

import { executionAsyncId } from 'node:async_hooks';
import type { Execution } from '../harness/index.ts';

/**
 * Makes an execution fail when promises are watched in its process. An AsyncLocalStorage that was ever `run` makes Node 20 call a
 * hook for each promise, and native async functions take three times as long: a rival slowed down by us would be no rival.
 */
export function undisturbed(execution: Execution): Execution {
  return {
    ...execution,
    async run() {
      const value = await execution.run();
      await expectUnwatchedPromises();
      return value;
    },
  };
}

/** @throws {Error} when a promise hook is installed */
export async function expectUnwatchedPromises(): Promise<void> {
  // Only watched promises get ids of their own; otherwise both continuations have the id of the turn that they run in.
  const [first, second] = [await idOfContinuation(), await idOfContinuation()];
  if (first !== second) throw new Error('Expected native promises undisturbed, got a process in which async_hooks or an AsyncLocalStorage watches them');
}

async function idOfContinuation(): Promise<number> {
  // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- what is looked at is the continuation
  await null;
  return executionAsyncId();
}
