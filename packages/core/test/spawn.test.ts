import { describe, expect, it } from 'vitest';
import { CancelledError, InlineExecutor, sleep, spawn, task, yieldNow } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

const value = task(function* (of: unknown) {
  yield* yieldNow();
  return of;
});

const failing = task(function* (message: string, turns: number) {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  throw new Error(message);
});

describe('spawn', () => {
  it('gives a handle at once, and goes on before the child starts', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const child = task(() => log.push('child'));
    const main = task(function* () {
      const handle = yield* spawn(child());
      log.push(`spawned, ${handle.state}`);
      yield* handle;
      log.push(`joined, ${handle.state}`);
    });
    await executor.run(main());
    expect(log).toEqual(['spawned, ready', 'child', 'joined, complete']);
  });

  it('starts children in the order in which they were spawned', async () => {
    const executor = new InlineExecutor();
    const log: number[] = [];
    const child = task((id: number) => log.push(id));
    const main = task(function* () {
      for (let id = 0; id < 5; id++) yield* spawn(child(id));
    });
    await executor.run(main());
    expect(log).toEqual([0, 1, 2, 3, 4]);
  });

  it('may be awaited again and again: each time starts another child', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const operation = spawn(value('child'));
      const [one, two] = [yield* operation, yield* operation];
      return [one === two, yield* one, yield* two];
    });
    expect(await executor.run(main())).toEqual([false, 'child', 'child']);
  });

  it('refuses what is no call', () => {
    expect(() => spawn(value as never)).toThrow(new TypeError('Expected spawn() of a call, such as spawn(fib(30)), got the function anonymous'));
    expect(() => spawn(undefined as never)).toThrow('got undefined');
  });
});

describe('a task that has spawned', () => {
  it('ends only when its children have', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const child = task(function* (turns: number) {
      for (let turn = 0; turn < turns; turn++) yield* yieldNow();
      log.push(`child ${turns}`);
    });
    const main = task(function* () {
      yield* spawn(child(3));
      yield* spawn(child(1));
      log.push('body');
      return 'value';
    });
    expect(await executor.run(main())).toBe('value');
    expect(log).toEqual(['body', 'child 1', 'child 3']);
  });

  it('keeps to that where it was awaited directly: its caller goes on afterwards', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const child = task(function* () {
      yield* yieldNow();
      log.push('child');
    });
    const middle = task(function* () {
      yield* spawn(child());
      return 'middle';
    });
    const main = task(function* () {
      log.push(yield* middle());
    });
    await executor.run(main());
    expect(log).toEqual(['child', 'middle']);
  });

  it('fails with the error of a child that nobody awaits', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* spawn(failing('lost', 2));
      return 'value';
    });
    await expect(executor.run(main())).rejects.toThrow('lost');
  });

  it('cancels its other children when one fails that nobody awaits, once its body has ended', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      yield* spawn(failing('lost', 0));
      const sleeper = yield* spawn(task(function* () {
        yield* sleep(1_000_000);
      })());
      yield* yieldNow();
      yield* yieldNow();
      return sleeper.state;
    });
    const handle = executor.submit(main());
    await expect(handle.result).rejects.toThrow('lost');
    expect(clock.armed).toBe(0);
  });

  it('carries the failures of further children along in `suppressed`', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* spawn(failing('first', 1));
      yield* spawn(failing('second', 1));
    });
    expect(await failureOf(executor.run(main()))).toMatchObject({ message: 'first', suppressed: [{ message: 'second' }] });
  });

  it('does not fail with the error of a child that was joined and caught', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const child = yield* spawn(failing('caught', 1));
      try {
        yield* child;
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(await executor.run(main())).toBe('caught');
  });

  it('does not fail with the error of a child of which the promise was asked for', async () => {
    const executor = new InlineExecutor();
    let promise: Promise<unknown> | undefined;
    const main = task(function* () {
      promise = (yield* spawn(failing('elsewhere', 1))).result;
      return 'value';
    });
    expect(await executor.run(main())).toBe('value');
    await expect(promise).rejects.toThrow('elsewhere');
  });

  it('does not fail because of a child that it cancelled', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const child = yield* spawn(value(1));
      child.cancel();
      return child.outcome?.status;
    });
    expect(await executor.run(main())).toBe('rejected');
  });

  it('throws its own error first and its children’s along with it', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      yield* spawn(failing('child', 0));
      yield* yieldNow();
      throw new Error('body');
    });
    expect(await failureOf(executor.run(main()))).toMatchObject({ message: 'body', suppressed: [{ message: 'child' }] });
  });

  it('cancels its children when its body fails', async () => {
    const executor = new InlineExecutor();
    const seen: unknown[] = [];
    const child = task(function* () {
      try {
        yield* sleep(1_000_000);
      } catch (error) {
        seen.push(error);
        throw error;
      }
    });
    const main = task(function* () {
      yield* spawn(child());
      yield* yieldNow();
      throw new Error('body');
    });
    await expect(executor.run(main())).rejects.toThrow('body');
    expect(seen).toEqual([expect.any(CancelledError)]);
    expect(seen[0]).toMatchObject({ cause: { message: 'body' } });
  });
});
