import type { TaskHandle } from '@heddle/core';
import type { ThreadPool } from '@heddle/threadpool';
import { pass, raiseFlag } from './fixtures/cancelling.js';
import { Flag } from './flag.ts';

/** Where {@link sendBehind} has brought a pool. */
interface SentBehind<R> {
  /** Keeps the thread until `go` is raised. */
  readonly ahead: TaskHandle<void>;
  readonly behind: TaskHandle<R>;
  readonly go: Flag;
}

/**
 * Brings a pool of one thread to where one call keeps the thread, and another was sent to the thread behind it and cannot begin. The
 * pool does that to calls only that it believes to be cheap, which on a busy machine takes some attempts.
 *
 * @param submit submits the call behind; called for each attempt, of which all but the last are cancelled
 */
export async function sendBehind<R>(pool: ThreadPool, submit: () => TaskHandle<R>): Promise<SentBehind<R>> {
  const open = new Flag();
  open.raise();
  const learn = async (): Promise<void> => {
    await pool.run(pass(open.memory, open.memory));
    await pool.run(raiseFlag(open.memory));
  };
  for (;;) {
    for (let round = 0; round < 5; round++) await learn();
    const [begun, go] = [new Flag(), new Flag()];
    const ahead = pool.submit(pass(begun.memory, go.memory));
    const behind = submit();
    // Calls that were submitted together are sent in a microtask.
    await Promise.resolve();
    const isSent = behind.state === 'running';
    await begun.raised();
    if (isSent) return { ahead, behind, go };
    behind.cancel();
    go.raise();
    await Promise.allSettled([ahead.result, behind.result]);
  }
}
