import type { TaskHandle } from '@heddle/core';
import type { ThreadPool } from '@heddle/threadpool';
import { pass, raiseFlag } from './fixtures/cancelling.js';
import { Flag } from './flag.ts';

/**
 * Brings a pool of one thread to where one call keeps the thread until `go` is raised, and another was sent to the thread behind
 * it and cannot begin. The pool does that to calls only that it believes to be cheap.
 */
export async function sendBehind<R>(pool: ThreadPool, go: Flag, submit: () => TaskHandle<R>): Promise<{ ahead: TaskHandle<void>; behind: TaskHandle<R> }> {
  const open = new Flag();
  open.raise();
  const learn = async (): Promise<void> => {
    await pool.run(pass(open.memory, open.memory));
    await pool.run(raiseFlag(open.memory));
  };
  for (;;) {
    for (let round = 0; round < 5; round++) await learn();
    const [started, trial] = [new Flag(), new Flag()];
    const ahead = pool.submit(pass(started.memory, trial.memory));
    const probe = pool.submit(raiseFlag(open.memory));
    await started.raised();
    // Whether it was sent, and not only accepted.
    const isSent = probe.state === 'running';
    trial.raise();
    await Promise.all([ahead.result, probe.result]);
    if (!isSent) continue;
    const begun = new Flag();
    const first = pool.submit(pass(begun.memory, go.memory));
    const behind = submit();
    await begun.raised();
    return { ahead: first, behind };
  }
}
