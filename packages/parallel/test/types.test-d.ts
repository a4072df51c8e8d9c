/** What the compiler must infer, and what it must refuse. `tsc` checks it; nothing here runs. */

import { sleep, spawn, task, type Coroutine, type Executor } from '@heddle/core';
import { filter, forEach, map, reduce } from '@heddle/parallel';

declare const pool: Executor<true>;
declare const multiplexer: Executor;
declare const maybePool: Executor<true> | undefined;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function is<T extends true>(): T;

const fib = task(import.meta, 'fib', function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const left = yield* spawn(fib(n - 1));
  return (yield* fib(n - 2)) + (yield* left);
});
const add = task(import.meta, 'add', (a: number, b: number) => a + b);
const longest = task(import.meta, 'longest', async (a: string, b: string) => (a.length < b.length ? b : a));
const isLong = task(import.meta, 'isLong', (text: string) => text.length > 10);
const local = task((n: number) => String(n));
const localAdd = task((a: number, b: number) => a + b);

export async function inference(): Promise<void> {
  // -- map --
  const onPool = await map([1, 2], fib, { executor: pool });
  is<Same<typeof onPool, number[]>>();
  const closureOverCall = await map(['a'], (text, index) => isLong(text + index.toFixed()), { executor: pool, ordered: false });
  is<Same<typeof closureOverCall, boolean[]>>();
  const maybe = await map([1], fib, { executor: maybePool });
  is<Same<typeof maybe, number[]>>();
  const inPlace = await map([1, 2], (x, i) => x + i);
  is<Same<typeof inPlace, number[]>>();
  const promised = await map(new Set(['a']), async (text) => text.length, { concurrency: 2 });
  is<Same<typeof promised, number[]>>();
  const calls = await map([1, 2], fib);
  is<Same<typeof calls, number[]>>();
  const operations = await map([1], (ms) => sleep(ms));
  is<Same<typeof operations, void[]>>();
  const locals = await map([1], local, { executor: multiplexer });
  is<Same<typeof locals, string[]>>();
  const values = await map([1], (n) => ({ n }), { executor: multiplexer });
  is<Same<typeof values, { n: number }[]>>();
  const streamed = await map((async function* () {
    yield 'a';
  })(), (text) => isLong(text), { executor: pool });
  is<Same<typeof streamed, boolean[]>>();

  // -- filter, forEach --
  const kept = await filter(['a'], isLong, { executor: pool });
  is<Same<typeof kept, string[]>>();
  const keptInPlace = await filter([1, 2], (n) => n > 1);
  is<Same<typeof keptInPlace, number[]>>();
  const nothing = await forEach([1], fib, { executor: pool });
  is<Same<typeof nothing, void>>();
  await forEach([1], local, { executor: multiplexer });
  await forEach([1], (n) => n);

  // -- reduce --
  const sum = await reduce([1, 2], add, 0, { executor: pool });
  is<Same<typeof sum, number>>();
  const word = await reduce(['a', 'b'], longest, '', { executor: pool });
  is<Same<typeof word, string>>();
  const localSum = await reduce([1, 2], (a, b) => a + b, 0, { executor: multiplexer });
  is<Same<typeof localSum, number>>();
  const localTaskSum = await reduce([1, 2], localAdd, 0, { executor: multiplexer });
  is<Same<typeof localTaskSum, number>>();
  const letters = await reduce(['a', 'bb'], (total, text, index) => total + text.length * index, 0);
  is<Same<typeof letters, number>>();
  const later = await reduce(['a', 'bb'], async (total, text) => total + text.length, 0);
  is<Same<typeof later, number>>();
}

export async function refusals(): Promise<void> {
  // @ts-expect-error a closure cannot cross threads
  await map([1, 2], (x: number) => x, { executor: pool });
  // @ts-expect-error nor an async one
  await map([1, 2], async (x: number) => x, { executor: pool });
  // @ts-expect-error a local task cannot cross threads
  await map([1, 2], local, { executor: pool });
  // @ts-expect-error nor through a closure
  await map([1, 2], (n: number) => local(n), { executor: pool });
  // @ts-expect-error nor where the executor only may leave the thread
  await map([1, 2], local, { executor: maybePool });
  // @ts-expect-error the task takes numbers
  await map(['a'], fib, { executor: pool });
  // @ts-expect-error a number cannot be walked over
  await map(5, fib);
  // @ts-expect-error a local task cannot cross threads
  await forEach([1, 2], local, { executor: pool });
  // @ts-expect-error a closure cannot cross threads
  await filter([1, 2], (n: number) => n > 1, { executor: pool });
  // @ts-expect-error a verdict is a boolean
  await filter(['a'], (text) => text.length);
  // @ts-expect-error a local reducer cannot cross threads
  await reduce([1, 2], localAdd, 0, { executor: pool });
  // @ts-expect-error nor a closure, though what it returns could
  await reduce([1, 2], (a: number, b: number) => add(a, b), 0, { executor: pool });
  // @ts-expect-error the reducer combines numbers
  await reduce(['a'], add, '', { executor: pool });
  // @ts-expect-error no such option
  await map([1], fib, { executor: pool, concurency: 4 });
}
