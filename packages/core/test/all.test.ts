import { describe, expect, it } from 'vitest';
import { all, CancelledError, InlineExecutor, sleep, spawn, task, yieldNow } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

const after = task(function* (turns: number, value: unknown) {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  return value;
});

const failing = task(function* (message: string, turns: number) {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  throw new Error(message);
});

/** Runs `all(operands)` in a task of its own. */
const allOf = task(function* (operands: readonly unknown[] | Record<string, unknown>) {
  return yield* all(operands);
});

describe('all', () => {
  it('gives the values in the order of the operands, not of their ends', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(allOf([after(3, 'a'), after(0, 'b'), after(1, 'c')]))).toEqual(['a', 'b', 'c']);
  });

  it('gives a record for a record', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(allOf({ x: after(1, 'a'), y: after(0, 'b') }))).toEqual({ x: 'a', y: 'b' });
  });

  it('takes calls, handles, operations, promises and plain values, nested arrays among them', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      const handle = yield* spawn(after(1, 'handle'));
      return yield* all([after(0, 'call'), handle, sleep(5), Promise.resolve('promise'), 'plain', [1, 2], undefined, null]);
    });
    const result = executor.run(main());
    await clock.advance(5);
    expect(await result).toEqual(['call', 'handle', undefined, 'promise', 'plain', [1, 2], undefined, null]);
  });

  it('gives an empty array or record for nothing', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(allOf([]))).toEqual([]);
    expect(await executor.run(allOf({}))).toEqual({});
  });

  it('runs a call that stands in it twice once for each place', async () => {
    const executor = new InlineExecutor();
    let runs = 0;
    const count = task(function* () {
      yield* yieldNow();
      return ++runs;
    });
    const call = count();
    expect(await executor.run(allOf([call, call]))).toEqual([1, 2]);
  });

  it('throws the first failure after cancelling the others and waiting for their end', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const sleeper = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        yield* yieldNow();
        log.push('cleaned up');
      }
    });
    const main = task(function* () {
      try {
        yield* all([sleeper(), failing('first', 2), failing('never', 5)]);
      } catch (error) {
        log.push((error as Error).message);
        throw error;
      }
    });
    await expect(executor.run(main())).rejects.toThrow('first');
    expect(log).toEqual(['cleaned up', 'first']);
  });

  it('throws falsy values too', async () => {
    const executor = new InlineExecutor();
    const nothing = task(() => {
      throw null;
    });
    expect(await failureOf(executor.run(allOf([nothing(), after(1, 'a')])))).toBe(null);
  });

  it('throws the reason of a promise that rejects', async () => {
    const executor = new InlineExecutor();
    await expect(executor.run(allOf([Promise.reject(new Error('rejected')), after(1, 'a')]))).rejects.toThrow('rejected');
  });

  it('fails with the time-out of an operand', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const slow = task(function* () {
      yield* sleep(100);
    });
    const result = failureOf(executor.run(allOf([slow().with({ timeoutMs: 5 }), slow()])));
    await clock.advance(5);
    expect(await result).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT' });
    expect(clock.armed).toBe(0);
  });

  it('fails when a signal cancels one operand, and cancels the others', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const controller = new AbortController();
    const slow = task(function* () {
      yield* sleep(100);
    });
    const result = failureOf(executor.run(allOf([slow().with({ signal: controller.signal }), slow()])));
    await settle();
    controller.abort('enough');
    const error = await result;
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ cause: 'enough' });
    expect(clock.armed).toBe(0);
  });

  it.each([
    ['a set', new Set([1]), 'a Set'],
    ['a map', new Map(), 'a Map'],
    ['a call', after(0, 1), 'a call of a task'],
    ['a promise', Promise.resolve(1), 'a Promise'],
    ['a number', 5, 'the number 5'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('refuses %s', async (_what, operands, named) => {
    const executor = new InlineExecutor();
    await expect(executor.run(allOf(operands as never))).rejects.toThrow(new TypeError(`Expected all() of an array or a record of calls, got ${named}`));
  });
});

it('a child may fail with something that refuses to be looked at', async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const refuse = task(function* refuse() {
    yield* yieldNow();
    throw proxy;
  });
  const both = task(function* both() {
    yield* all([refuse(), refuse()]);
  });
  const failures: unknown[] = [];
  await new InlineExecutor().run(both()).catch((error: unknown) => failures.push(error));
  // Not by `toBe`, which would look at it.
  if (failures.length !== 1 || failures[0] !== proxy) throw new Error('Expected the very thing that was thrown');
});
