/* oxlint-disable unicorn/no-thenable -- thenables are what some of these tests are about */
import { describe, expect, it } from 'vitest';
import { findTask, InlineExecutor, isCall, task, TraceRecorder } from '@heddle/core';
import { failureOf } from './failure-of.ts';

const { url } = import.meta;

/** Makes what a promise library of its own might return: something with a `then`. */
function thenable(then: (resolve: (value: string) => void, reject: (error: unknown) => void) => void): string {
  // oxlint-disable-next-line unicorn/no-thenable -- the point of it
  return { then } as unknown as string;
}

describe('defining a task', () => {
  it('gives a portable task an id of its module and name, and registers it', () => {
    const portable = task(import.meta, 'portable', () => 1);
    expect(portable.id).toBe(`${url}#portable`);
    expect(portable.portable).toBe(true);
    expect(portable.name).toBe('portable');
    expect(findTask(portable.id)?.task).toBe(portable);
  });

  it('gives a local task the name of its function', () => {
    const named = task(function named() {});
    expect([named.id, named.name, named.portable]).toEqual(['local#named', 'named', false]);
    const anonymous = task(() => {});
    expect([anonymous.id, anonymous.name, anonymous.portable]).toEqual(['local#anonymous', 'anonymous', false]);
  });

  it('replaces an earlier task of the same id, as when a module loads again', async () => {
    task(import.meta, 'twice', () => 'first');
    const second = task(import.meta, 'twice', () => 'second');
    expect(findTask(second.id)?.task).toBe(second);
  });

  const define = task as unknown as (...args: unknown[]) => unknown;
  const refused: [string, unknown[], string][] = [
    ['nothing', [], 'Expected task(import.meta, name, body) with the module’s own import.meta, got undefined'],
    ['a local body that is no function', [5], 'Expected task(body) with a function, got the number 5'],
    ['no import.meta', [{}, 'name', () => 1], 'Expected task(import.meta, name, body) with the module’s own import.meta, got an object'],
    ['null for import.meta', [null, 'name', () => 1], 'Expected task(import.meta, name, body) with the module’s own import.meta, got null'],
    ['an empty name', [{ url: 'm' }, '', () => 1], "Expected the name of a task of m to be a non-empty string without '#', got the string ''"],
    ['a name with a #', [{ url: 'm' }, 'a#b', () => 1], "Expected the name of a task of m to be a non-empty string without '#', got the string 'a#b'"],
    ['a name that is no string', [{ url: 'm' }, 5, () => 1], "Expected the name of a task of m to be a non-empty string without '#', got the number 5"],
    ['no body', [{ url: 'm' }, 'name'], "Expected the body of task 'name' of m to be a function, got undefined"],
  ];
  it.each(refused)('refuses %s', (_what, args, message) => {
    expect(() => define(...args)).toThrow(new TypeError(message.replaceAll('’', "'")));
  });

  it.each([
    [{ timeoutMs: 0 }, RangeError, 'Expected `timeoutMs` to be a number above 0, got 0'],
    [{ timeoutMs: '5' }, TypeError, "Expected `timeoutMs` to be a number above 0, got the string '5'"],
    [{ queueTimeoutMs: -1 }, RangeError, 'Expected `queueTimeoutMs` to be a number above 0, got -1'],
    [{ deadline: Number.NaN }, TypeError, 'Expected `deadline` to be a number, got the number NaN'],
    [{ priority: Infinity }, RangeError, 'Expected `priority` to be a number, got Infinity'],
    [5, TypeError, 'Expected call options to be an object, got the number 5'],
  ])('refuses the options %j', (options, errorClass, message) => {
    expect(() => define({ url: 'm' }, 'name', () => 1, options)).toThrow(new errorClass(message));
  });
});

describe('calling a task', () => {
  it('starts nothing', async () => {
    let runs = 0;
    const count = task((step: number) => (runs += step));
    const call = count(2);
    await Promise.resolve();
    expect(runs).toBe(0);
    expect(call.task).toBe(count);
    expect(call.args).toEqual([2]);
    expect(call.options).toBe(undefined);
    expect(isCall(call)).toBe(true);
    expect('then' in call).toBe(false);
  });

  it.each([[[]], [['a']], [['a', undefined]], [['a', 'b', 'c']], [[undefined]], [[1, 2, 3, 4, 5, 6]]])('keeps the arguments %j as they are', async (args) => {
    const executor = new InlineExecutor();
    const echo = task(function (...given: unknown[]) {
      // oxlint-disable-next-line prefer-rest-params -- the point of the test
      return [arguments.length, ...given];
    });
    const call = echo(...args);
    expect(call.args).toEqual(args);
    expect(await executor.run(call)).toEqual([args.length, ...args]);
  });

  it('lets `with` put options on top of earlier ones, in a new call', () => {
    const call = task(() => 1)();
    const one = call.with({ priority: 1, name: 'one' });
    const two = one.with({ priority: 2, timeoutMs: undefined });
    expect(call.options).toBe(undefined);
    expect(one.options).toEqual({ priority: 1, name: 'one' });
    expect(two.options).toEqual({ priority: 2, name: 'one' });
    expect(() => call.with({ timeoutMs: -1 })).toThrow(RangeError);
    expect(() => call.with({ signal: 'stop' as never })).toThrow("Expected `signal` to be an AbortSignal, got the string 'stop'");
  });

  it('lets one call object run any number of times, at once and one after the other', async () => {
    const executor = new InlineExecutor();
    let runs = 0;
    const call = task(function* () {
      return ++runs;
    })();
    const main = task(function* () {
      return [yield* call, yield* call];
    });
    expect(await executor.run(main())).toEqual([1, 2]);
    expect(await Promise.all([executor.run(call), executor.run(call)])).toEqual([3, 4]);
  });
});

describe('the body of a task', () => {
  const inc = task((n: number) => n + 1);

  it.each([
    ['a plain function', task(() => 'value')],
    ['an async function', task(async () => 'value')],
    ['a plain function that returns a promise', task(() => Promise.resolve('value'))],
    ['a plain function that returns a thenable', task(() => thenable((resolve) => resolve('value')))],
    ['a coroutine', task(function* () {
      yield* inc(1);
      return 'value';
    })],
    ['a coroutine that never awaits', task(function* () {
      return 'value';
    })],
  ])('may be %s', async (_what, body) => {
    const executor = new InlineExecutor();
    expect(await executor.run(body())).toBe('value');
    const main = task(function* () {
      return yield* body();
    });
    expect(await executor.run(main())).toBe('value');
  });

  const hostile = Object.create(null) as object;
  const values: [string, unknown][] = [
    ['an error', new RangeError('thrown')],
    ['null', null],
    ['undefined', undefined],
    ['a string', 'thrown'],
    ['a symbol', Symbol('thrown')],
    ['an object without a prototype', hostile],
    ['a function', () => 'thrown'],
  ];
  it.each(values)('may throw %s, and so may the same in every kind of body', async (_what, thrown) => {
    const executor = new InlineExecutor({ trace: new TraceRecorder() });
    const bodies = [
      task(() => {
        throw thrown;
      }),
      task(async () => {
        throw thrown;
      }),
      task(function* () {
        throw thrown;
      }),
      task(function* () {
        yield* inc(1);
        throw thrown;
      }),
    ];
    for (const body of bodies) {
      const main = task(function* () {
        return yield* body();
      });
      expect(await failureOf(executor.run(body()))).toBe(thrown);
      expect(await failureOf(executor.run(main()))).toBe(thrown);
    }
    await executor.close();
  });

  it('settles once, however often the thenable that it returns calls back', async () => {
    const executor = new InlineExecutor();
    const twice = task(() =>
      thenable((resolve, reject) => {
        resolve('first');
        resolve('second');
        reject(new Error('third'));
      }),
    );
    const main = task(function* () {
      const value = yield* twice();
      return [value, yield* inc(1)];
    });
    expect(await executor.run(main())).toEqual(['first', 2]);
  });

  it('fails when the thenable that it returns throws', async () => {
    const executor = new InlineExecutor();
    const broken = task(() =>
      thenable(() => {
        throw new Error('no promise');
      }),
    );
    await expect(executor.run(broken())).rejects.toThrow('no promise');
    expect(await executor.run(inc(1))).toBe(2);
  });

  it('is told when it yields by a bare `yield`', async () => {
    const executor = new InlineExecutor();
    const bare = task(function* bare() {
      yield inc(1) as never;
    } as () => never);
    await expect(executor.run(bare())).rejects.toThrow(
      new TypeError('Expected task bare to await with `yield*` an operation, a call or a handle, got `yield` of a call of task anonymous'),
    );
    const number = task(function* number() {
      yield 5 as never;
    } as () => never);
    await expect(executor.run(number())).rejects.toThrow('got `yield` of the number 5');
  });

  it('may catch the error of a bare `yield` and go on', async () => {
    const executor = new InlineExecutor();
    const bare = task(function* () {
      try {
        yield Promise.resolve() as never;
      } catch (error) {
        return [(error as Error).message.slice(-9), yield* inc(1)];
      }
    } as () => never);
    expect(await executor.run(bare())).toEqual(['a Promise', 2]);
  });
});
