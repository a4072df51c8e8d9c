import { on, task, type Call, type Coroutine, type Executor, type TaskHandle } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { expect, expectTypeOf, test } from 'vitest';
import { add } from './fixtures/basics.js';
import { sumOfSquares } from './fixtures/nested.js';

// Checked by the compiler, never run: a line under `@ts-expect-error` that compiles fails the type check.
export function compileTimeOnly(pool: ThreadPool): void {
  const local = task((n: number) => n * 2);
  const localCoroutine = task(function* (n: number): Coroutine<number> {
    return yield* add(n, 1);
  });
  const portable = task(import.meta, 'portable', (n: number) => String(n));

  // @ts-expect-error -- the call of a local task
  void pool.run(local(1));
  // @ts-expect-error -- a local coroutine, although it only awaits portable tasks
  void pool.run(localCoroutine(1));
  // @ts-expect-error -- likewise
  pool.submit(local(1));
  // @ts-expect-error -- likewise, with options on top
  void pool.run(local(1).with({ timeoutMs: 5 }));
  // @ts-expect-error -- by a hop
  void on(pool, local(1));
  // @ts-expect-error -- a closure
  void pool.run(() => 1);
  // @ts-expect-error -- a generator
  void pool.run(function* () {}());
  // @ts-expect-error -- a task that was not called
  void pool.run(add);
  // @ts-expect-error -- a promise
  void pool.run(Promise.resolve(1));
  // @ts-expect-error -- a call that may be local
  void pool.run(local(1) as Call<number>);
  // @ts-expect-error -- arguments of the wrong type
  void pool.run(add('1', 2));
  // @ts-expect-error -- too few arguments
  void pool.run(add(1));

  expectTypeOf(pool).toExtend<Executor<true>>();
  expectTypeOf(pool.run(portable(1))).toEqualTypeOf<Promise<string>>();
  expectTypeOf(pool.run(portable(1).with({ priority: 1 }))).toEqualTypeOf<Promise<string>>();
  expectTypeOf(pool.submit(sumOfSquares(3))).toEqualTypeOf<TaskHandle<number>>();
}

test('the examples of what does not compile are refused at run time too', () => {
  expect(typeof compileTimeOnly).toBe('function');
});
