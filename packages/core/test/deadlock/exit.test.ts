/** What becomes of tasks that wait for one another when the process has nothing else to do. In processes of their own. */

import { describe, expect, it } from 'vitest';
import { inChildProcess, type Ended } from '../in-child-process.ts';

const PRELUDE = `
  import { all, Channel, Event, InlineExecutor, Semaphore, sleep, spawn, task, until } from '@heddle/core';
  const executor = new InlineExecutor();
  const [one, two] = [new Channel(0, { name: 'one' }), new Channel(0, { name: 'two' })];
  const left = task(function* left() {
    yield* one.receive();
    yield* two.send('hello');
  });
  const right = task(function* right() {
    yield* two.receive();
    yield* one.send('hello');
  });
`;

function run(code: string): Promise<Ended> {
  return inChildProcess(PRELUDE + code);
}

describe('at the end of the process', () => {
  it('tasks that all wait for one another fail, and the error tells which of them waits for what, and where', async () => {
    const { stdout, exitCode, stderr } = await run(`
      const results = await Promise.allSettled([executor.run(left()), executor.run(right())]);
      for (const { reason } of results) console.log(reason.code, reason.message);
      console.log('listeners', process.listenerCount('beforeExit'));`);
    const [first, ...lines] = stdout.trim().split('\n');
    expect(first).toBe('ERR_HEDDLE_DEADLOCK Expected some task to be able to go on, but nothing can wake any of them:');
    expect(lines[0]).toMatch(/^ {2}left \(task-\d+\) waits for next\(\) of channel one, at .*:6:5$/);
    expect(lines[1]).toMatch(/^ {2}right \(task-\d+\) waits for next\(\) of channel two, at .*:10:5$/);
    expect(lines.at(-1)).toBe('listeners 0');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('they are an unhandled rejection where nobody handles that', async () => {
    const { exitCode, stderr } = await run(`void Promise.all([executor.run(left()), executor.run(right())]);`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('DeadlockError: Expected some task to be able to go on');
    expect(stderr).toContain('left (task-1) waits for next() of channel one');
  });

  it('one of them may be freed by the clean-up of another, and then the program goes on', async () => {
    const { stdout, exitCode } = await run(`
      const freeing = task(function* () {
        try { yield* one.receive(); } finally { yield* two.send('freed'); }
      });
      const freed = task(function* () {
        const value = yield* two.receive();
        yield* sleep(1);
        return value;
      });
      executor.run(freeing()).catch((error) => console.log(error.code));
      console.log(await executor.run(freed()));`);
    expect({ stdout: stdout.trim().split('\n'), exitCode }).toEqual({ stdout: ['ERR_HEDDLE_DEADLOCK', 'freed'], exitCode: 0 });
  });

  it('every promise settles, however many tasks wait', async () => {
    const { stdout } = await run(`
      const semaphore = new Semaphore(1);
      semaphore.tryAcquire();
      const waiting = task(function* () { yield* semaphore.acquire(); });
      const outcomes = await Promise.allSettled(Array.from({ length: 2_000 }, () => executor.run(waiting())));
      console.log(outcomes.every(({ reason }) => reason.code === 'ERR_HEDDLE_DEADLOCK'), process.listenerCount('beforeExit'));`);
    expect(stdout.trim()).toBe('true 0');
  });

  it('tasks of several executors are looked at together', async () => {
    const { stdout } = await run(`
      const other = new InlineExecutor();
      const results = await Promise.allSettled([executor.run(left()), other.run(right())]);
      console.log(results.map(({ reason }) => reason.code).join());`);
    expect(stdout.trim()).toBe('ERR_HEDDLE_DEADLOCK,ERR_HEDDLE_DEADLOCK');
  });

  it('a task that handles the error and waits for the same again does not keep the process', async () => {
    const { stdout, exitCode, stderr } = await run(`
      let times = 0;
      const stubborn = task(function* stubborn() {
        for (;;) try { yield* one.receive(); } catch { times++; }
      });
      void executor.run(stubborn());
      process.on('exit', () => console.log('times', times));`);
    expect({ stdout: stdout.trim(), exitCode }).toEqual({ stdout: 'times 1', exitCode: 0 });
    expect(stderr).toContain('DeadlockWarning: The process ends, and nothing can wake these tasks any more:\n  stubborn (task-1) waits for next() of channel one');
  });

  it('a task that nobody waits for is left waiting, with a warning', async () => {
    const { exitCode, stderr } = await run(`executor.submit(left());`);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/DeadlockWarning: The process ends, and nothing can wake these tasks any more:\n {2}left \(task-1\) waits for next\(\) of channel one, at .*:6:5/);
  });

  it('a task counts as waited for when the promise of one of its children is', async () => {
    const { stdout } = await run(`
      const children = [];
      executor.submit(task(function* () {
        children.push(yield* spawn(left()));
        yield* children[0];
      })());
      await new Promise((resolve) => setImmediate(resolve));
      process.on('unhandledRejection', (error) => console.log('unhandled', error.code));
      await children[0].result.catch((error) => console.log('caught', error.code));`);
    expect(stdout.trim()).toBe('caught ERR_HEDDLE_DEADLOCK\nunhandled ERR_HEDDLE_DEADLOCK');
  });

  it('closing the executor counts as waiting for its tasks', async () => {
    const { stdout } = await run(`
      const handle = executor.submit(left());
      process.on('unhandledRejection', (error) => console.log('unhandled', error.code));
      await executor.close();
      console.log(handle.state);`);
    expect(stdout.trim().split('\n')).toEqual(['complete', 'unhandled ERR_HEDDLE_DEADLOCK']);
  });

  it('a circle that is too long to be noticed when it closed is broken', async () => {
    const { stdout } = await run(`
      const LENGTH = 20_000;
      const handles = [];
      const begin = new Event();
      const joining = task(function* joining(n) { yield* handles[n]; });
      const first = task(function* first() { yield* begin.wait(); yield* handles[LENGTH - 1]; });
      handles.push(executor.submit(first()));
      for (let n = 1; n < LENGTH; n++) handles.push(executor.submit(joining(n - 1)));
      begin.set();
      const outcomes = await Promise.allSettled(handles.map(({ result }) => result));
      console.log(outcomes.length, new Set(outcomes.map(({ reason }) => reason)).size, outcomes[0].reason.circle.length);`);
    expect(stdout.trim()).toBe('20000 1 20000');
  });
});

describe('no deadlock is seen', () => {
  it('while code outside may still touch what a task waits for', async () => {
    const { stdout, stderr } = await run(`
      setTimeout(() => one.trySend('from outside'), 20);
      const receive = task(function* () { return yield* one.receive(); });
      console.log(await executor.run(receive()));`);
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'from outside', stderr: '' });
  });

  it('before others that listen to the end of the process have had their chance', async () => {
    const { stdout, stderr } = await run(`
      process.on('beforeExit', () => one.close());
      const consumer = task(function* () { return yield* one.next(); });
      console.log((await executor.run(consumer())).done);`);
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'true', stderr: '' });
  });

  it('where code outside is said to touch it', async () => {
    const { exitCode, stdout, stderr } = await run(`
      const event = new Event({ external: true });
      executor.run(task(function* () { yield* event.wait(); })()).finally(() => console.log('ended'));`);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('where a task waits for a promise, on which others may depend', async () => {
    const { exitCode, stdout, stderr } = await run(`
      const opaque = task(function* () { yield* until(() => new Promise(() => {})); yield* one.send('late'); });
      void executor.run(opaque());
      executor.run(left()).finally(() => console.log('ended'));`);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('when all tasks have ended, and then nothing listens to the process any more', async () => {
    const { stdout } = await run(`
      const event = new Event();
      const waiting = task(function* () { yield* event.wait(); });
      const other = new InlineExecutor();
      const counts = [];
      const look = () => counts.push(process.listenerCount('beforeExit'));
      const results = [executor.run(waiting()), other.run(waiting())];
      await new Promise((resolve) => setImmediate(resolve));
      look();
      event.set();
      await Promise.all(results);
      look();
      console.log(counts.join());`);
    expect(stdout.trim()).toBe('1,0');
  });
});
