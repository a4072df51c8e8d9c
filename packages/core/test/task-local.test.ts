import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { all, group, InlineExecutor, sleep, spawn, task, TaskLocal, until, yieldNow, type Coroutine } from '@heddle/core';
import { failureOf } from './failure-of.ts';
import { inChildProcess } from './in-child-process.ts';

const requestId = new TaskLocal<string>({ name: 'requestId', default: 'none' });
const depth = new TaskLocal<number>();
const read = task(() => requestId.get());
const readLater = task(function* () {
  yield* yieldNow();
  return requestId.get();
});

const run = <R>(body: () => Coroutine<R>): Promise<R> => new InlineExecutor().run(task(body)());

describe('a TaskLocal', () => {
  it('has its default where no value is set, inside and outside of tasks', async () => {
    expect([requestId.get(), depth.get()]).toEqual(['none', undefined]);
    expect(await run(function* () {
      return [requestId.get(), yield* read(), depth.get()];
    })).toEqual(['none', 'none', undefined]);
  });

  it('is typed by its default', () => {
    expectTypeOf(requestId.get()).toEqualTypeOf<string>();
    expectTypeOf(depth.get()).toEqualTypeOf<number | undefined>();
  });

  it('has its value in the operation, in direct awaits, spawned tasks and groups', async () => {
    const values = await run(function* () {
      return yield* requestId.with('r1', function* () {
        const direct = yield* readLater();
        const spawned = yield* yield* spawn(readLater());
        const both = yield* all([readLater(), readLater().with({ timeoutMs: 1_000 })]);
        const grouped = yield* group(function* (g): Coroutine<string> {
          return yield* g.spawn(readLater());
        });
        return [requestId.get(), direct, spawned, ...both, grouped];
      });
    });
    expect(values).toEqual(Array(6).fill('r1'));
  });

  it('takes a call or any other operation', async () => {
    const values = await run(function* () {
      return [yield* requestId.with('call', read()), yield* requestId.with('all', all([read(), readLater()]))];
    });
    expect(values).toEqual(['call', ['all', 'all']]);
  });

  it('has the old value back after the operation, and after its failure', async () => {
    const values = await run(function* () {
      const log: string[] = [];
      yield* requestId.with('outer', function* () {
        yield* requestId.with('inner', sleep(1));
        log.push(requestId.get());
        const failing = requestId.with('inner', function* (): Coroutine<void> {
          yield* yieldNow();
          throw new Error('inner failed');
        });
        try {
          yield* failing;
        } catch {
          log.push(requestId.get());
        }
      });
      return [...log, requestId.get()];
    });
    expect(values).toEqual(['outer', 'outer', 'none']);
  });

  it('has the old value back in the clean-up of a cancelled task, from the inside out', async () => {
    const log: string[] = [];
    const executor = new InlineExecutor();
    const handle = executor.submit(
      task(function* () {
        try {
          yield* requestId.with('r1', function* () {
            try {
              yield* sleep(1_000_000);
            } finally {
              log.push(requestId.get());
            }
          });
        } finally {
          log.push(requestId.get());
        }
      })(),
    );
    await new Promise(setImmediate);
    handle.cancel();
    await failureOf(handle.result);
    expect(log).toEqual(['r1', 'none']);
  });

  it('does not leak into siblings, into the parent or into tasks that were spawned before', async () => {
    const sibling = task(function* (name: string) {
      return yield* requestId.with(name, function* () {
        yield* sleep(1);
        return requestId.get();
      });
    });
    const values = await run(function* () {
      const before = yield* spawn(readLater());
      const named = yield* all([sibling('a'), sibling('b'), readLater()]);
      return [...named, yield* before, requestId.get()];
    });
    expect(values).toEqual(['a', 'b', 'none', 'none', 'none']);
  });

  it('keeps its value in a task that outlives the operation that it was spawned in', async () => {
    const values = await run(function* () {
      const handle = yield* requestId.with('r1', spawn(readLater()));
      return [requestId.get(), yield* handle];
    });
    expect(values).toEqual(['none', 'r1']);
  });

  it('is apart from other task-locals', async () => {
    const values = await run(function* () {
      return yield* requestId.with('r1', depth.with(1, requestId.with('r2', function* () {
        yield* yieldNow();
        return [requestId.get(), depth.get()];
      })));
    });
    expect(values).toEqual(['r2', 1]);
  });

  it('has its value in async bodies, also after their first await', async () => {
    const later = task(async () => {
      await Promise.resolve();
      return requestId.get();
    });
    expect(await run(function* () {
      return yield* requestId.with('r1', later());
    })).toBe('r1');
  });

  it('is inherited from the group’s own task where `spawn` is called outside of all tasks', async () => {
    const value = await run(function* () {
      return yield* requestId.with('r1', group(function* (g) {
        let start = (): void => {};
        const started = new Promise<ReturnType<typeof g.spawn<string>>>((resolve) => {
          start = () => resolve(g.spawn(read()));
        });
        setImmediate(start);
        const handle = yield* until(() => started);
        return yield* handle;
      }));
    });
    expect(value).toBe('r1');
  });

  it('is the same in every order of nesting, spawning and yielding', async () => {
    // A task is a list of actions: set a value around the rest, spawn the rest, yield. Each sees the innermost value around it.
    type Action = { set: number } | 'spawn' | 'yield';
    const actions = fc.array(fc.oneof(fc.record({ set: fc.integer() }), fc.constant('spawn' as const), fc.constant('yield' as const)), { maxLength: 12 });
    const act = task(function* (rest: readonly Action[], expected: number | undefined): Coroutine<boolean> {
      const isRight = depth.get() === expected;
      const [first, ...others] = rest;
      if (first === undefined) return isRight;
      let others_: boolean;
      if (first === 'yield') {
        yield* yieldNow();
        others_ = yield* act(others, expected);
      } else if (first === 'spawn') {
        others_ = yield* yield* spawn(act(others, expected));
      } else others_ = yield* depth.with(first.set, act(others, first.set));
      return isRight && others_ && depth.get() === expected;
    });
    await fc.assert(
      fc.asyncProperty(fc.array(actions, { maxLength: 5 }), async (tasks) => {
        const executor = new InlineExecutor();
        const results = await Promise.all(tasks.map((each) => executor.run(act(each, undefined))));
        expect(results.every(Boolean)).toBe(true);
      }),
    );
  });
});

describe('run() of a TaskLocal', () => {
  it('sets the value for calls that are submitted meanwhile', async () => {
    const executor = new InlineExecutor();
    const [inside, outside] = [requestId.run('r1', () => executor.run(readLater())), executor.run(readLater())];
    expect([await inside, await outside, requestId.get()]).toEqual(['r1', 'none', 'none']);
  });

  it('gives what the function returns, and takes the value back when it throws', () => {
    expect(requestId.run('r1', () => requestId.run('r2', () => requestId.get()))).toBe('r2');
    expect(() => requestId.run('r1', () => {
      throw new RangeError('thrown');
    })).toThrow('thrown');
    expect(requestId.get()).toBe('none');
  });

  it('works inside of a task', async () => {
    expect(await run(function* () {
      return requestId.run('r1', () => requestId.get()) + requestId.get();
    })).toBe('r1none');
  });

  it('gives a call that is submitted inside a task what the task has', async () => {
    const other = new InlineExecutor();
    expect(await run(function* () {
      return yield* requestId.with('r1', until(() => other.run(readLater())));
    })).toBe('r1');
  });
});

describe('misuse of a TaskLocal', () => {
  it.each([
    ['with', 5, 'Expected with() of requestId to get a call, another operation or a generator function, got the number 5'],
    ['with', [read()], 'Expected with() of requestId to get a call, another operation or a generator function, got an Array'],
    ['with', (): number => 5, 'Expected with() of requestId to get a call, another operation or a generator function, got a function'],
    ['run', 5, 'Expected run() of requestId to get a plain function, and `yield*` of with() for a generator function, got the number 5'],
    ['run', function* (): Coroutine<void> {}, 'Expected run() of requestId to get a plain function, and `yield*` of with() for a generator function, got a function'],
  ] as const)('%s() of %s tells what was expected', (method, operand, message) => {
    expect(() => requestId[method]('r1', operand as never)).toThrow(new TypeError(message));
  });

  it('awaiting with() outside of a task tells so', () => {
    expect(() => requestId.with('r1', read())[Symbol.iterator]().next()).toThrow('Expected `yield*` of requestId inside a task that an executor runs');
  });
});

describe('on a host without AsyncLocalStorage', () => {
  it('follows generators all the same', async () => {
    const { stdout, stderr } = await inChildProcess(`
      globalThis.process.getBuiltinModule = undefined;
      const { InlineExecutor, TaskLocal, sleep, spawn, task } = await import('@heddle/core');
      const local = new TaskLocal({ default: 'none' });
      const child = task(function* () { yield* sleep(1); return local.get(); });
      const main = task(function* () {
        const handle = yield* local.with('value', spawn(child()));
        return [local.get(), yield* handle, yield* local.with('other', child())];
      });
      console.log(JSON.stringify(await new InlineExecutor().run(main())));
    `);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(['none', 'value', 'other']);
  });
});
