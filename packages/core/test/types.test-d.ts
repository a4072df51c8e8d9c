/** What the compiler must infer, and what it must refuse. `tsc` checks it; nothing here runs. */

import {
  all,
  allSettled,
  any,
  Barrier,
  Channel,
  current,
  deadline,
  each,
  finish,
  group,
  InlineExecutor,
  join,
  machine,
  Mutex,
  on,
  Once,
  race,
  Semaphore,
  shield,
  sleep,
  spawn,
  stream,
  task,
  timeout,
  until,
  use,
  yieldNow,
  type Awaitable,
  type Call,
  type Coroutine,
  type Cursor,
  type Executor,
  type LockGuard,
  type MachineStep,
  type Operation,
  type Outcome,
  type Task,
  type TaskGroup,
  type TaskHandle,
} from '@heddle/core';

declare const pool: Executor<true>;
declare const multiplexer: Executor;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function is<T extends true>(): T;

// -- tasks: generator, async and plain bodies --

export const add = task(import.meta, 'add', function* (a: number, b: number) {
  yield* sleep(1);
  return a + b;
});
export const hash = task(import.meta, 'hash', async (text: string) => text.length);
export const words = task(import.meta, 'words', (text: string) => [text]);
export const fib = task(import.meta, 'fib', function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const [a, b] = yield* all([fib(n - 1), fib(n - 2)]);
  is<Same<typeof a, number>>();
  return a + b;
});
export const local = task((n: number) => String(n));
export const limited = task(import.meta, 'limited', (n: number) => n, { timeoutMs: 100, idempotent: true, priority: 1 });
export const optional = task(import.meta, 'optional', (text: string, times = 1) => text.repeat(times));

is<Same<typeof add, Task<[a: number, b: number], number, true>>>();
is<Same<typeof hash, Task<[text: string], number, true>>>();
is<Same<typeof words, Task<[text: string], string[], true>>>();
is<Same<typeof local, Task<[n: number], string, false>>>();
is<Same<typeof add.portable, true>>();
is<Same<typeof local.portable, false>>();

// -- calls --

const call = add(1, 2);
is<Same<typeof call, Call<number, true>>>();
const withOptions = call.with({ timeoutMs: 5, signal: new AbortController().signal });
is<Same<typeof withOptions, Call<number, true>>>();
optional('a');
optional('a', 2);

// @ts-expect-error too few arguments
add(1);
// @ts-expect-error too many arguments
add(1, 2, 3);
// @ts-expect-error an argument of the wrong type
add(1, '2');
// @ts-expect-error no such option
call.with({ timeout: 5 });
// @ts-expect-error a call is no promise
export const promised: PromiseLike<number> = call;

// -- inside a task --

export const main = task(function* () {
  const sum = yield* add(1, 2);
  is<Same<typeof sum, number>>();
  const length = yield* hash('a');
  is<Same<typeof length, number>>();
  const list = yield* words('a');
  is<Same<typeof list, string[]>>();
  const text = yield* local(1);
  is<Same<typeof text, string>>();

  const handle = yield* spawn(fib(4));
  is<Same<typeof handle, TaskHandle<number>>>();
  const value = yield* handle;
  is<Same<typeof value, number>>();

  const both = yield* all({ s: words('x'), n: fib(3), p: Promise.resolve(true), h: handle, plain: 'plain' });
  is<Same<typeof both, { s: string[]; n: number; p: boolean; h: number; plain: 'plain' }>>();
  const tuple = yield* all([fib(1), words('x'), sleep(1)]);
  is<Same<typeof tuple, [number, string[], void]>>();
  const pair = yield* join(fib(1), words('x'));
  is<Same<typeof pair, [number, string[]]>>();
  const many = yield* all([1, 2].map((n) => fib(n)));
  is<Same<typeof many, number[]>>();

  const page = yield* until((signal) => fetch('x', { signal }));
  is<Same<typeof page, Response>>();
  const plain = yield* until(() => 5);
  is<Same<typeof plain, number>>();

  const first = yield* race({ a: add(1, 2), t: sleep(10) });
  if (first.key === 'a') is<Same<typeof first.value, number>>();
  const hopped = yield* on(pool, fib(3));
  is<Same<typeof hopped, number>>();
  const resource = yield* use(new InlineExecutor());
  is<Same<typeof resource, InlineExecutor>>();

  const grouped = yield* group(function* (g) {
    const child = g.spawn(fib(1));
    is<Same<typeof child, TaskHandle<number>>>();
    return yield* child;
  });
  is<Same<typeof grouped, number>>();

  const nothing = yield* yieldNow();
  is<Same<typeof nothing, void>>();
  is<Same<ReturnType<typeof current>['deadline'], number | undefined>>();
  return 'done';
});
is<Same<typeof main, Task<[], string, false>>>();

// -- operations on several operands --

export const several = task(function* () {
  const settledTuple = yield* allSettled([fib(1), words('x'), Promise.resolve(true), 'plain']);
  is<Same<typeof settledTuple, [Outcome<number>, Outcome<string[]>, Outcome<boolean>, Outcome<'plain'>]>>();
  const settledRecord = yield* allSettled({ n: fib(1), t: sleep(1) });
  is<Same<typeof settledRecord, { n: Outcome<number>; t: Outcome<void> }>>();
  const settledMany = yield* allSettled([1, 2].map((n) => fib(n)));
  is<Same<typeof settledMany, Outcome<number>[]>>();

  const ofRecord = yield* race({ a: add(1, 2), w: words('x'), t: sleep(10), p: Promise.resolve(true) });
  if (ofRecord.key === 'w') is<Same<typeof ofRecord.value, string[]>>();
  else if (ofRecord.key === 'p') is<Same<typeof ofRecord.value, boolean>>();
  else is<Same<typeof ofRecord.key, 'a' | 't'>>();
  const ofTuple = yield* race([add(1, 2), words('x')]);
  is<Same<typeof ofTuple.key, number>>();
  is<Same<typeof ofTuple.value, number | string[]>>();
  const ofMany = yield* race([1, 2].map((n) => fib(n)));
  is<Same<typeof ofMany.value, number>>();

  const anyRecord = yield* any({ a: add(1, 2), w: words('x') });
  if (anyRecord.key === 'a') is<Same<typeof anyRecord.value, number>>();
  else is<Same<typeof anyRecord, { readonly key: 'w'; readonly value: string[] }>>();
  const anyTuple = yield* any([add(1, 2), words('x')]);
  is<Same<typeof anyTuple.value, number | string[]>>();

  const empty = yield* all([]);
  is<Same<typeof empty, []>>();
  const frozen = yield* all([fib(1), 'x'] as const);
  is<Same<typeof frozen, [number, 'x']>>();
  const nested = yield* all([all([fib(1), words('x')]), race({ a: fib(1) })]);
  is<Same<typeof nested, [[number, string[]], { readonly key: 'a'; readonly value: number }]>>();
});

// @ts-expect-error `join` takes two calls
export const badJoin = task(function* () { yield* join(fib(1), 2); });
// @ts-expect-error `all` takes an array or a record
export const badAll = task(function* () { yield* all(fib(1)); });
// @ts-expect-error and so does `race`
export const badRace = task(function* () { yield* race(5); });
// @ts-expect-error a key that no operand has
export const badKey = task(function* () { const first = yield* race({ a: fib(1) }); return first.key === 'b'; });

// -- operations with a scope --

declare const file: AsyncDisposable & { readonly path: string };
declare const lock: Disposable;

export const scoped = task(function* () {
  const inTime = yield* timeout(5, words('x'));
  is<Same<typeof inTime, string[]>>();
  const onTime = yield* deadline(5, all([fib(1)]));
  is<Same<typeof onTime, [number]>>();
  const shielded = yield* shield(race({ a: fib(1) }));
  is<Same<typeof shielded.value, number>>();

  const collected = yield* group(
    function* (g) {
      is<Same<typeof g, TaskGroup>>();
      g.spawn(words('x'));
      yield* sleep(1);
      return { kind: 'done' as const };
    },
    { onError: 'collect', signal: current().signal, timeoutMs: 5 },
  );
  is<Same<typeof collected, { kind: 'done' }>>();
  const nothing = yield* group(function* () {});
  is<Same<typeof nothing, void>>();

  const opened = yield* use(file);
  is<Same<typeof opened, typeof file>>();
  const locked = yield* use(lock);
  is<Same<typeof locked, Disposable>>();

  const here = yield* on(multiplexer, local(1));
  is<Same<typeof here, string>>();
  const there = yield* on(pool, words('x'), { timeoutMs: 5 });
  is<Same<typeof there, string[]>>();
});

// @ts-expect-error nothing to dispose of
export const badUse = task(function* () { yield* use({ path: 'x' }); });
// @ts-expect-error `timeout` of a promise, which nobody could cancel
export const badTimeout = task(function* () { yield* timeout(5, Promise.resolve(1)); });
// @ts-expect-error no such mode
export const badMode = task(function* () { yield* group(function* () {}, { onError: 'ignore' }); });
// @ts-expect-error a group spawns calls
export const badGroupSpawn = task(function* () { yield* group(function* (g) { g.spawn(fib); }); });
// @ts-expect-error the body of a group is a generator function
export const badBody = task(function* () { yield* group(async () => 1); });

// -- async iteration, both ways --

export const iterating = task(function* () {
  const lines = yield* each(words('x').args as readonly string[]);
  is<Same<typeof lines, Cursor<string>>>();
  const line = yield* lines.next();
  if (line.done !== true) is<Same<typeof line.value, string>>();
  const numbers = yield* each((async function* () { yield 1; })());
  is<Same<typeof numbers, Cursor<number>>>();
  const cancellable = yield* each((signal) => (signal.aborted ? [] : [true]));
  is<Same<typeof cancellable, Cursor<boolean>>>();
  const channel = new Channel<Date>(1);
  const dates = yield* each(channel);
  is<Same<typeof dates, Cursor<Date>>>();
  const date = yield* channel.next();
  if (date.done !== true) is<Same<typeof date.value, Date>>();
  const received = yield* channel.receive();
  is<Same<typeof received, Date>>();
});

export async function reading(): Promise<void> {
  const items = stream<string>(multiplexer, function* (out) { yield* out.send('x'); }, { capacity: 1, timeoutMs: 5 });
  for await (const item of items) is<Same<typeof item, string>>();
  // @ts-expect-error an item of another type
  stream<string>(multiplexer, function* (out) { yield* out.send(5); });
  // @ts-expect-error the body of a stream cannot leave the thread
  stream<string>(pool, function* (out) { yield* out.send('x'); });
}

// @ts-expect-error a number cannot be iterated
export const badEach = task(function* () { yield* each(5); });

// -- machines --

export const doubled = machine({
  start: (n: number, by?: number) => ({ n, by: by ?? 2 }),
  step: (state) => finish(state.n * state.by),
});
is<Same<typeof doubled, Task<[n: number, by?: number], number, false>>>();
export const portableMachine = machine(import.meta, 'portableMachine', {
  start: (text: string) => ({ text, at: 0 }),
  step(state, resumed: number): MachineStep<string> {
    return state.at++ === 0 ? fib(1) : finish(state.text.repeat(resumed));
  },
  fail: (_state, error) => finish(String(error)),
});
is<Same<typeof portableMachine, Task<[text: string], string, true>>>();
export const awaitsMachines = task(function* () {
  const [number, text] = yield* all([doubled(1), portableMachine('x')]);
  is<Same<typeof number, number>>();
  is<Same<typeof text, string>>();
});
// @ts-expect-error a local machine cannot leave the thread either
void pool.run(doubled(1));
// @ts-expect-error a machine has a step
machine({ start: () => 1 });
// @ts-expect-error a step returns an operation or its end
machine({ start: () => 1, step: () => 5 });

// -- synchronisation --

export const synchronised = task(function* () {
  const mutex = new Mutex();
  const guard = yield* mutex.lock();
  is<Same<typeof guard, LockGuard>>();
  const held = yield* mutex.with(() => fib(1));
  is<Same<typeof held, number>>();
  const permitted = yield* new Semaphore(1).with(function* () { return yield* words('x'); });
  is<Same<typeof permitted, string[]>>();
  const once = new Once(() => hash('a'));
  const value = yield* once.get();
  is<Same<typeof value, number>>();
  const place = yield* new Barrier(1).wait();
  is<Same<typeof place, number>>();
});
// @ts-expect-error a body that nobody can await
export const badWith = new Mutex().with(() => 5);

// @ts-expect-error a bare yield of a call
export const badYield = task(import.meta, 'badYield', function* () { yield add(1, 2); return 1; });
// @ts-expect-error yield of a promise
export const badPromise = task(import.meta, 'badPromise', function* () { yield Promise.resolve(1); return 1; });
// @ts-expect-error a bare yield of a value, in a local task
export const badValue = task(function* () { yield 5; return 1; });
// @ts-expect-error forgot yield*: a call is not its value
export const badCall = task(import.meta, 'badCall', function* () { const n: number = add(1, 2); return n; });
// @ts-expect-error yield* of a promise
export const badAwait = task(function* () { return yield* Promise.resolve(1); });
// @ts-expect-error spawn of a task instead of a call
export const badSpawn = task(function* () { yield* spawn(add); });
// @ts-expect-error a portable task needs a name
export const badName = task(import.meta, () => 1);
// @ts-expect-error no such option of a task
export const badOption = task(import.meta, 'badOption', () => 1, { timeout: 5 });
// @ts-expect-error `until` takes a function, because a promise has begun already
export const badUntil = task(function* () { return yield* until(Promise.resolve(1)); });

// -- executors --

export async function executors(): Promise<void> {
  const ran = await pool.run(fib(1));
  is<Same<typeof ran, number>>();
  await multiplexer.run(fib(1));
  const done = await multiplexer.run(main(), { timeoutMs: 5, deadline: 1, priority: 1, key: 'k', name: 'n', transfer: [] });
  is<Same<typeof done, string>>();
  const handle = pool.submit(hash('a'));
  is<Same<typeof handle, TaskHandle<number>>>();
  is<Same<typeof handle.outcome, Outcome<number> | undefined>>();
  is<Same<typeof handle.result, Promise<number>>>();

  // @ts-expect-error a local task cannot leave the thread
  await pool.run(main());
  // @ts-expect-error nor be submitted there
  pool.submit(local(1));
  // @ts-expect-error a task is no call
  await pool.run(fib);
  // @ts-expect-error a closure is no call
  await pool.run(() => 1);
  // @ts-expect-error an option of the wrong type
  await multiplexer.run(main(), { timeoutMs: '5' });
}

// @ts-expect-error a local task cannot leave the thread by a hop either
export const badHop = task(function* () { yield* on(pool, main()); });

// -- assignability --

// What runs anything runs portable calls.
export const asPortable: Executor<true> = new InlineExecutor();
export const asAny: Executor = new InlineExecutor();
// @ts-expect-error what runs portable calls only does not run anything
export const tooMuch: Executor = pool;
export const operations: Operation<number>[] = [add(1, 2), until(() => 1)];
// @ts-expect-error a call of another result
export const wrongResult: Call<string> = add(1, 2);
// @ts-expect-error a local call is not portable
export const wrongPortability: Call<string, true> = local(1);

// -- what awaiting gives --

is<Same<Awaitable<Call<number>>, number>>();
is<Same<Awaitable<TaskHandle<string>>, string>>();
is<Same<Awaitable<Operation<void>>, void>>();
is<Same<Awaitable<Promise<boolean>>, boolean>>();
is<Same<Awaitable<5>, 5>>();
