import { describe, expect, it } from 'vitest';
import { inChildProcess } from './in-child-process.ts';

// In processes of their own, because an unhandled rejection ends one.
const PRELUDE = `
  import { all, InlineExecutor, sleep, spawn, task, use, yieldNow } from '@heddle/core';
  process.on('unhandledRejection', (reason) => console.log('unhandled:', reason?.message ?? reason));
  const executor = new InlineExecutor();
  const failing = task(function* () { yield* yieldNow(); throw new Error('lost'); });
`;

async function output(code: string): Promise<string> {
  const { exitCode, stdout, stderr } = await inChildProcess(PRELUDE + code);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}

describe('the failure of a submitted call', () => {
  it('is an unhandled rejection when nobody asks for it', async () => {
    expect(await output(`executor.submit(failing());`)).toBe('unhandled: lost');
  });

  it('ends the process when nothing listens for unhandled rejections', async () => {
    const { exitCode, stderr } = await inChildProcess(`${PRELUDE} process.removeAllListeners('unhandledRejection'); executor.submit(failing());`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('lost');
  });

  it('is none when its result is awaited', async () => {
    expect(await output(`await executor.submit(failing()).result.catch((error) => console.log('caught:', error.message));`)).toBe('caught: lost');
  });

  it('is none when another task awaits the handle, even one that gets to it after the failure', async () => {
    const code = `
      const handle = executor.submit(failing());
      const late = task(function* () {
        for (let turn = 0; turn < 5; turn++) yield* yieldNow();
        try { yield* handle; } catch (error) { console.log('caught:', error.message); }
      });
      await executor.run(late());`;
    expect(await output(code)).toBe('caught: lost');
  });

  it('is one when the call ran into its time-out', async () => {
    const code = `executor.submit(task(function* slow() { yield* sleep(1000000); })(), { timeoutMs: 1 });`;
    expect(await output(code)).toBe('unhandled: Task slow ran longer than 1 ms');
  });

  it('is none when the call was cancelled', async () => {
    const code = `
      const handle = executor.submit(task(function* () { yield* sleep(1000000); })());
      setImmediate(() => handle.cancel());`;
    expect(await output(code)).toBe('');
  });

  it('is one when the clean-up of a cancelled call failed', async () => {
    const code = `
      const handle = executor.submit(task(function* () { try { yield* sleep(1000000); } finally { throw new Error('clean-up failed'); } })());
      setImmediate(() => handle.cancel());`;
    expect(await output(code)).toBe('unhandled: clean-up failed');
  });
});

describe('what failed while a cancelled call cleaned up', () => {
  it('is reported along with the cancellation when nobody asks for its outcome', async () => {
    const code = `
      const handle = executor.submit(task(function* () {
        yield* use({ [Symbol.dispose]() { throw new Error('will not close'); } });
        yield* sleep(1000000);
      })());
      executor.submit(task(() => handle.cancel())());
      process.on('unhandledRejection', (error) => console.log('suppressed:', error.suppressed[0].message));
    `;
    expect(await output(code)).toMatch(/suppressed: will not close/);
  });
});

describe('the failure of a spawned call', () => {
  it('that nobody awaits fails its parent, and is reported once', async () => {
    expect(await output(`executor.submit(task(function* () { yield* spawn(failing()); })());`)).toBe('unhandled: lost');
  });
});

describe('a failure that the one it comes with cannot keep', () => {
  it.each([
    ['is no error', 'null'],
    ['is frozen', "Object.freeze(new Error('frozen'))"],
  ])('because that %s is an unhandled rejection of its own', async (_why, thrown) => {
    const code = `
      const main = task(function* () {
        yield* use({ [Symbol.asyncDispose]: () => Promise.reject(new Error('will not close')) });
        throw ${thrown};
      });
      await executor.run(main()).catch((error) => console.log('caught:', error?.message ?? error));`;
    const lines = (await output(code)).split('\n').toSorted();
    expect(lines).toEqual([expect.stringMatching(/^caught: (null|frozen)$/), 'unhandled: will not close']);
  });
});

describe('a promise that rejects', () => {
  it('is reported by the task that awaits it only', async () => {
    const code = `
      const main = task(function* () { yield* all([Promise.reject(new Error('lost'))]); });
      await executor.run(main()).catch((error) => console.log('caught:', error.message));`;
    expect(await output(code)).toBe('caught: lost');
  });

  it('is no unhandled rejection when `all` is cancelled before it gets to it', async () => {
    const code = `
      const main = task(function* () { yield* all([Promise.reject(new Error('lost'))]); });
      const handle = executor.submit(main());
      executor.submit(task(() => handle.cancel())());
      await handle.result.catch((error) => console.log('caught:', error.message));`;
    expect(await output(code)).toBe('caught: The task was cancelled');
  });
});
