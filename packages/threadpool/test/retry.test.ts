/** What becomes of innocent calls when their thread is lost. */

import { task, type WorkerLostError } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add } from './fixtures/basics.js';
import { crash, spinForever } from './fixtures/crashing.js';
import { doomed } from './fixtures/exits-while-loading.js';
import { again, againWith, exitsAgain, lendsAndTakesBack, onceOnly, sleepsAgain, throwsLater } from './fixtures/retrying.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

const GRACE_MS = 20;

/** How often a task that counts its runs has run. */
function runsOf(runs: Flag): number {
  return new Int32Array(runs.memory)[0] ?? 0;
}

describe('a call that had begun on a thread that is lost', () => {
  test('runs again if its task is idempotent', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, started] = [new Flag(), new Flag()];
    const neighbour = pool.run(again(runs.memory, started.memory));
    await started.raised();
    await failureOf(pool.run(crash('process.exit')));
    expect(await neighbour).toBe('ran again');
    expect(runsOf(runs)).toBe(2);
  });

  test('runs again when the thread had to be ended', async () => {
    await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
    const [runs, started, spins] = [new Flag(), new Flag(), new Flag()];
    const neighbour = pool.run(again(runs.memory, started.memory));
    await started.raised();
    const spinning = pool.submit(spinForever(spins.memory));
    await spins.raised();
    spinning.cancel();
    await failureOf(spinning.result);
    expect(await neighbour).toBe('ran again');
  });

  test('fails if its task is not, and names the task that ended the thread', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [thread] = await warmUp(pool);
    const [runs, started] = [new Flag(), new Flag()];
    const neighbour = failureOf(pool.run(onceOnly(runs.memory, started.memory)));
    await started.raised();
    const culprit = pool.submit(crash('process.exit'), { name: 'bad warp' });
    const own = { code: 'ERR_HEDDLE_WORKER_LOST', culprit: { id: culprit.id, name: 'bad warp' }, threadId: thread, exitCode: 3 };
    expect(await failureOf(culprit.result)).toMatchObject({ ...own, message: 'Thread 1 was lost while it held task bad warp: the thread exited with code 3' });
    expect(await neighbour).toMatchObject({ ...own, message: 'Thread 1 was lost while it held task onceOnly and ran task bad warp: the thread exited with code 3' });
    expect(runsOf(runs)).toBe(1);
  });

  test('fails although its task is idempotent when it moved its arguments there', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, started] = [new Flag(), new Flag()];
    const buffer = new ArrayBuffer(8);
    const neighbour = failureOf(pool.run(againWith(runs.memory, started.memory, buffer), { transfer: [buffer] }));
    await started.raised();
    await failureOf(pool.run(crash('process.exit')));
    expect(await neighbour).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', culprit: { name: 'crash' } });
    expect(runsOf(runs)).toBe(1);
  });

  test('does not run again once it was cancelled', async () => {
    await using pool = new ThreadPool({ threads: 1, graceMs: GRACE_MS });
    const [runs, started] = [new Flag(), new Flag()];
    const neighbour = pool.submit(sleepsAgain(runs.memory, started.memory));
    await started.raised();
    const crashing = failureOf(pool.run(crash('process.exit')));
    neighbour.cancel('enough');
    expect(await failureOf(neighbour.result)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'enough' });
    await crashing;
    await pool.close();
    expect(runsOf(runs)).toBe(1);
  });

  test('ends threads of its own no more than three times', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    const runs = new Flag();
    const culprit = pool.submit(exitsAgain(runs.memory));
    expect(await failureOf(culprit.result)).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', exitCode: 9, culprit: { id: culprit.id, name: 'exitsAgain' } });
    expect(runsOf(runs)).toBe(3);
    expect(await pool.run(add(1, 2))).toBe(3);
  });

  test('still has the time that it was given, and no more', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, started] = [new Flag(), new Flag()];
    const neighbour = failureOf(pool.run(sleepsAgain(runs.memory, started.memory), { timeoutMs: 1_500, queueTimeoutMs: 3_600_000 }));
    await started.raised();
    await failureOf(pool.run(crash('process.exit')));
    expect(await neighbour).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT', phase: 'run', limitMs: 1_500 });
    expect(runsOf(runs)).toBe(2);
  });
});

describe('the culprit is named', () => {
  test.each(['process.exit in a promise', 'a throw in a timer', 'a rejection that nobody handles', 'a throw of null in a timer'])('after %s of an async body', async (how) => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, started] = [new Flag(), new Flag()];
    const neighbour = failureOf(pool.run(onceOnly(runs.memory, started.memory)));
    await started.raised();
    const culprit = pool.submit(crash(how));
    await failureOf(culprit.result);
    expect(await neighbour).toMatchObject({ culprit: { id: culprit.id, name: 'crash' } });
  });

  test('and nobody is when it is not known', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const [runs, started] = [new Flag(), new Flag()];
    const neighbour = failureOf(pool.run(onceOnly(runs.memory, started.memory)));
    await started.raised();
    expect(await failureOf(pool.run(throwsLater()))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('thrown in a timer') });
    const error = (await neighbour) as WorkerLostError;
    expect(error.code).toBe('ERR_HEDDLE_WORKER_LOST');
    expect('culprit' in error).toBe(false);
  });
});

describe('calls that had not begun', () => {
  test('survive any number of neighbours that end their thread', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await warmUp(pool);
    const crashes = Array.from({ length: 6 }, () => failureOf(pool.run(crash('process.exit'))));
    const sums = Array.from({ length: 50 }, (_, i) => pool.run(add(i, 1)));
    for (const failure of await Promise.all(crashes)) expect(failure).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', culprit: { name: 'crash' } });
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  test('survive one of which the module ends the thread, sent with them', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    // Known as cheap, so that many travel together.
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 10 }, () => pool.run(add(1, 2))));
    const before = pool.run(add(0, 1));
    const failure = failureOf(pool.run(doomed()));
    const sums = Array.from({ length: 50 }, (_, i) => pool.run(add(i, 1)));
    expect(await failure).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST', message: expect.stringContaining('code 6') });
    expect(await before).toBe(1);
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });
});

test('a call that was lent to a thread that is lost runs again at home if its task is idempotent', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  expect(await pool.run(lendsAndTakesBack(new Flag().memory))).toBe('ran at home');
});

test('an `idempotent` that is neither true nor false is refused', () => {
  expect(() => task(import.meta, 'odd', () => 1, { idempotent: 'yes' as unknown as boolean })).toThrow("Expected `idempotent` to be true or false, got the string 'yes'");
});
