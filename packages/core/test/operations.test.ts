import { describe, expect, it } from 'vitest';
import { all, current, group, InlineExecutor, isCancelled, sleep, spawn, task, until, yieldNow, type Operation } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

describe('sleep', () => {
  it('parks the task for that long', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      const woken: number[] = [];
      for (const ms of [5, 0, 10]) {
        yield* sleep(ms);
        woken.push(clock.now());
      }
      return woken;
    });
    const result = executor.run(main());
    await clock.advance(15);
    expect(await result).toEqual([5, 5, 15]);
  });

  it('starts anew each time the same operation is awaited', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const main = task(function* () {
      const nap = sleep(5);
      yield* nap;
      yield* nap;
      return clock.now();
    });
    const result = executor.run(main());
    await clock.advance(10);
    expect(await result).toBe(10);
  });

  it.each([
    [-1, RangeError, 'Expected `ms` to be a number of at least 0, got -1'],
    [Infinity, RangeError, 'Expected `ms` to be a number of at least 0, got Infinity'],
    [Number.NaN, TypeError, 'Expected `ms` to be a number of at least 0, got the number NaN'],
    ['5', TypeError, "Expected `ms` to be a number of at least 0, got the string '5'"],
  ])('refuses %s', (ms, errorClass, message) => {
    expect(() => sleep(ms as number)).toThrow(new errorClass(message));
  });
});

describe('until', () => {
  it('gives what the promise comes to, or the plain value', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      return [yield* until(() => Promise.resolve('promise')), yield* until(() => 'plain')];
    });
    expect(await executor.run(main())).toEqual(['promise', 'plain']);
  });

  it('throws what the promise rejects with, or what its start throws', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      const caught: string[] = [];
      const starts = [
        () => Promise.reject(new Error('rejected')),
        () => {
          throw new Error('thrown');
        },
      ];
      for (const start of starts) {
        try {
          yield* until(start);
        } catch (error) {
          caught.push((error as Error).message);
        }
      }
      return caught;
    });
    expect(await executor.run(main())).toEqual(['rejected', 'thrown']);
  });

  it('starts when it is awaited, each time it is', async () => {
    const executor = new InlineExecutor();
    let starts = 0;
    const operation = until(async () => ++starts);
    expect(starts).toBe(0);
    const main = task(function* () {
      return [yield* operation, yield* operation];
    });
    expect(await executor.run(main())).toEqual([1, 2]);
  });

  it('knows the task that it runs in', async () => {
    const executor = new InlineExecutor();
    const main = task(function* main() {
      return yield* until(async () => current().name);
    });
    expect(await executor.run(main())).toBe('main');
  });

  it('refuses what is no function', () => {
    expect(() => until(Promise.resolve() as never)).toThrow('Expected until() of a function that returns a promise, such as until(() => promise), got a Promise');
  });
});

describe('yieldNow', () => {
  it('lets every other ready task run first', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const polite = task(function* (name: string) {
      for (let round = 0; round < 3; round++) {
        log.push(`${name}${round}`);
        yield* yieldNow();
      }
    });
    await Promise.all(['a', 'b', 'c'].map((name) => executor.run(polite(name))));
    expect(log).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });

  it('throws when the task is cancelled in between, and yields again afterwards', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const endless = task(function* () {
      try {
        for (;;) {
          yield* yieldNow();
          log.push('turn');
        }
      } catch (error) {
        log.push(isCancelled(error) ? 'cancelled' : 'other');
        yield* yieldNow();
        log.push('turn');
      }
    });
    const handle = executor.submit(endless());
    const canceller = task(function* () {
      yield* yieldNow();
      handle.cancel();
    });
    await executor.run(canceller());
    await handle.result;
    expect(log).toEqual(['turn', 'turn', 'cancelled', 'turn']);
  });
});

describe('current', () => {
  it('tells the task about itself in every kind of body', async () => {
    const executor = new InlineExecutor();
    const tell = (): unknown[] => {
      const { id, name, signal, deadline } = current();
      return [id, name, signal.aborted, deadline];
    };
    const bodies = [
      task(tell),
      task(async () => {
        await settle();
        return tell();
      }),
      task(function* () {
        yield* yieldNow();
        return tell();
      }),
    ];
    for (const body of bodies) {
      const handle = executor.submit(body(), { name: 'renamed' });
      expect(await handle.result).toEqual([handle.id, 'renamed', false, undefined]);
    }
  });

  it('tells an awaited call about the task that it is part of', async () => {
    const executor = new InlineExecutor();
    const name = task(() => current().name);
    const nameLater = task(async () => {
      await Promise.resolve();
      return current().name;
    });
    const main = task(function* main() {
      return [yield* name(), yield* nameLater(), yield* yield* spawn(nameLater().with({ name: 'child' }))];
    });
    expect(await executor.run(main())).toEqual(['main', 'main', 'child']);
  });

  it('keeps async functions that run at once apart', async () => {
    const executor = new InlineExecutor();
    const slow = task(async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) await settle();
      return current().name;
    });
    const names = ['a', 'b', 'c'];
    const results = await Promise.all(names.map((name, index) => executor.run(slow(3 - index), { name })));
    expect(results).toEqual(names);
  });

  it('is refused outside of a task', async () => {
    const message = 'Expected current() to be called inside a task that an executor runs, got a call outside of any task';
    expect(() => current()).toThrow(new TypeError(message));
    await new InlineExecutor().run(task(() => 1)());
    expect(() => current()).toThrow(message);
  });
});

describe('outside of a task', () => {
  const child = task(function child() {});
  const operations: [string, () => Operation<unknown>, string][] = [
    ['a call', () => child(), '`yield*` of task child'],
    ['spawn', () => spawn(child()), '`yield*` of spawn()'],
    ['sleep', () => sleep(5), '`yield*` of sleep(5 ms)'],
    ['until', () => until(() => 1), '`yield*` of a promise'],
    ['yieldNow', () => yieldNow(), '`yield*` of yieldNow()'],
    ['all', () => all([child()]), '`yield*` of all()'],
    ['group', () => group(function* () {}), '`yield*` of a group'],
  ];
  it.each(operations)('%s is refused', (_what, operation, named) => {
    const iterator = operation()[Symbol.iterator]();
    expect(() => iterator.next()).toThrow(new TypeError(`Expected ${named} inside a task that an executor runs, got one outside of any task`));
  });
});

describe('awaiting', () => {
  it.each([
    ['a promise', () => Promise.resolve(1)],
    ['an array', () => [1, 2]],
    ['a number', () => 5],
  ])('of %s by `yield*` is a TypeError', async (_what, operand) => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      return yield* operand() as unknown as Operation<unknown>;
    });
    expect(await failureOf(executor.run(main()))).toBeInstanceOf(TypeError);
  });

  it('of an iterator that hands out something else is refused', async () => {
    const executor = new InlineExecutor();
    const numbers = function* () {
      yield 1;
    };
    const main = task(function* main() {
      return yield* numbers() as unknown as Operation<unknown>;
    });
    await expect(executor.run(main())).rejects.toThrow('Expected task main to await with `yield*` an operation, a call or a handle, got `yield` of the number 1');
  });

  it('of a plain generator runs it as part of the task', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      function* part() {
        yield* yieldNow();
        return 'part';
      }
      return [yield* part(), yield* all([part()])];
    });
    expect(await executor.run(main())).toEqual(['part', ['part']]);
  });
});
