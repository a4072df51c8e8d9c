/**
 * The tasks that the laws are checked with. Portable, so that worker threads import them from here: this file is built as a
 * module of its own (`@heddle/testkit/tasks`), and what it takes from a test travels in arguments, never in closures.
 */

import { setImmediate } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { all, current, group, isCancelled, join, spawn, task, until, yieldNow, type Coroutine } from '@heddle/core';
import { Board } from './board.ts';
import { makeError, type ErrorKind } from './sample-errors.ts';

// -- values --

/** Returns its argument, in each of the three kinds of body. */
export const echo = task(import.meta, 'echo', (value: unknown): unknown => value);

export const echoAsync = task(import.meta, 'echoAsync', async (value: unknown): Promise<unknown> => {
  await Promise.resolve();
  return value;
});

export const echoCoroutine = task(import.meta, 'echoCoroutine', function* (value: unknown): Coroutine<unknown> {
  yield* yieldNow();
  return value;
});

/** Returns how many arguments it was given, and which. */
export const list = task(import.meta, 'list', (...args: unknown[]): unknown[] => [args.length, ...args]);

/** Returns something that no thread can send to another. */
export const makeFunction = task(import.meta, 'makeFunction', (): unknown => () => 'a function');

/** Returns something that throws when it is copied. */
export const makeTrap = task(import.meta, 'makeTrap', (): unknown => trap());

/** An object that throws when it is copied. */
export function trap(): object {
  return {
    get sprung(): never {
      throw new Error('trapped');
    },
  };
}

/** Returns the id of the thread that it runs on. */
export const whichThread = task(import.meta, 'whichThread', (): number => threadId);

// -- failures --

/** Throws the error of a kind, in each of the three kinds of body, and from further in. */
export const fail = task(import.meta, 'fail', (kind: ErrorKind): never => {
  throw makeError(kind);
});

export const failAsync = task(import.meta, 'failAsync', async (kind: ErrorKind): Promise<never> => {
  await Promise.resolve();
  throw makeError(kind);
});

export const failCoroutine = task(import.meta, 'failCoroutine', function* (kind: ErrorKind): Coroutine<never> {
  yield* yieldNow();
  throw makeError(kind);
});

/** Fails because a call that it awaits does. */
export const failAwaited = task(import.meta, 'failAwaited', function* (kind: ErrorKind): Coroutine<unknown> {
  return yield* failCoroutine(kind);
});

/** Fails because a child that it joins does. */
export const failJoined = task(import.meta, 'failJoined', function* (kind: ErrorKind): Coroutine<unknown> {
  const child = yield* spawn(fail(kind));
  return yield* child;
});

/** Fails because a child that it never awaits does. */
export const failUnjoined = task(import.meta, 'failUnjoined', function* (kind: ErrorKind): Coroutine<string> {
  yield* spawn(failCoroutine(kind));
  return 'not what counts';
});

/** Fails because one operand of `all` does. */
export const failInAll = task(import.meta, 'failInAll', function* (kind: ErrorKind): Coroutine<unknown> {
  return yield* all([echo(1), failCoroutine(kind), echoCoroutine(2)]);
});

/** Fails because one of two calls that it joins does. */
export const failInJoin = task(import.meta, 'failInJoin', function* (kind: ErrorKind): Coroutine<unknown> {
  return yield* join(echoCoroutine(1), failCoroutine(kind));
});

/** Throws its argument. */
export const throwValue = task(import.meta, 'throwValue', (value: unknown): never => {
  throw value;
});

/** Throws something that no thread can send to another. */
export const throwFunction = task(import.meta, 'throwFunction', (): never => {
  throw () => 'a function';
});

/** Throws an error that throws when it is copied. */
export const throwTrap = task(import.meta, 'throwTrap', (): never => {
  throw Object.assign(new Error('with a trap'), { trap: trap() });
});

// -- nesting --

/** Sums a tree of children `depth` deep and `width` wide, started and awaited in every way there is; counts its leaves. */
export const countLeaves = task(import.meta, 'countLeaves', function* (depth: number, width: number): Coroutine<number> {
  if (depth === 0) return 1;
  const handles = [];
  for (let child = 2; child < width; child++) handles.push(yield* spawn(countLeaves(depth - 1, width)));
  let sum = yield* countLeaves(depth - 1, width);
  if (width > 1) sum += (yield* all([countLeaves(depth - 1, width)]))[0];
  for (const handle of handles) sum += yield* handle;
  return sum;
});

/** Counts the leaves of a binary tree by halves, each level a `join`. */
export const countHalves = task(import.meta, 'countHalves', function* (depth: number): Coroutine<number> {
  if (depth === 0) return 1;
  const [left, right] = yield* join(countHalves(depth - 1), countHalves(depth - 1));
  return left + right;
});

/** Spawns one child, which spawns one child, and so on; each joins its own. Returns the depth. */
export const spawnChain = task(import.meta, 'spawnChain', function* (depth: number): Coroutine<number> {
  if (depth === 0) return 0;
  const child = yield* spawn(spawnChain(depth - 1));
  return 1 + (yield* child);
});

/** Awaits itself, directly, `depth` deep. */
export const awaitChain = task(import.meta, 'awaitChain', function* (depth: number): Coroutine<number> {
  return depth === 0 ? 0 : 1 + (yield* awaitChain(depth - 1));
});

/** Runs a small family under every operator; returns what each of them gave. */
export const operators = task(import.meta, 'operators', function* (value: number) {
  const list = yield* all([echo(value), echoAsync(value + 1), Promise.resolve(value + 2), value + 3]);
  const record = yield* all({ a: echoCoroutine(value), b: countLeaves(1, 2) });
  const grouped = yield* group(function* (nursery) {
    const first = nursery.spawn(echoCoroutine(value));
    nursery.spawn(echo('not awaited'));
    return yield* first;
  });
  let caught = '';
  try {
    yield* failAwaited('custom');
  } catch (error) {
    caught = (error as Error).message;
  }
  return { list, record, grouped, caught };
});

/** Reports 0, 1, ... as its progress. */
export const reportProgress = task(import.meta, 'reportProgress', function* (count: number): Coroutine<string> {
  const context = current();
  for (let value = 0; value < count; value++) {
    context.progress(value);
    yield* yieldNow();
  }
  return 'done';
});

// -- order --

/** Writes `id` at the end of the list on the board: its length in cell 0, then the ids. */
export const append = task(import.meta, 'append', (buffer: SharedArrayBuffer, id: number): void => {
  const board = new Board(buffer);
  board.write(1 + board.raise(0), id);
});

/** The same from a coroutine that goes on afterwards. */
export const appendAndGoOn = task(import.meta, 'appendAndGoOn', function* (buffer: SharedArrayBuffer, id: number): Coroutine<void> {
  const board = new Board(buffer);
  board.write(1 + board.raise(0), id);
  yield* yieldNow();
});

/** Counts on the board that it ran. */
export const mark = task(import.meta, 'mark', (buffer: SharedArrayBuffer, cell: number): void => {
  new Board(buffer).raise(cell);
});

// -- cancelling --

/** The cells that `hold` and its kin use, from the one they are given on. */
export const STARTED = 0;
export const RELEASE = 1;
export const INTERRUPTED = 2;
export const CLEANED = 3;
export const HOLD_CELLS = 4;

/** Says that it has started, waits to be released, and tells what came instead: an interrupt, and the end of its `finally` block. */
export const hold = task(import.meta, 'hold', function* (buffer: SharedArrayBuffer, at: number): Coroutine<string> {
  const board = new Board(buffer);
  const { signal } = current();
  board.raise(at + STARTED);
  try {
    yield* until(() => board.reached(at + RELEASE));
    return 'released';
  } catch (error) {
    if (isCancelled(error) && signal.aborted) board.raise(at + INTERRUPTED);
    throw error;
  } finally {
    // Longer than a turn, so that whoever does not wait for it is seen.
    yield* until(() => setImmediate());
    yield* echoCoroutine('a finally block may await calls too');
    board.raise(at + CLEANED);
  }
});

/** The same as an async function, which hears of the interrupt by its signal. */
export const holdAsync = task(import.meta, 'holdAsync', async (buffer: SharedArrayBuffer, at: number): Promise<string> => {
  const board = new Board(buffer);
  const { signal } = current();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      board.raise(at + INTERRUPTED);
      reject(signal.reason as Error);
    });
  });
  board.raise(at + STARTED);
  try {
    await Promise.race([board.reached(at + RELEASE), aborted]);
    return 'released';
  } finally {
    await setImmediate();
    board.raise(at + CLEANED);
  }
});

/** Holds itself while a child that it has spawned holds too: its own cells first, then the child's. */
export const holdWithChild = task(import.meta, 'holdWithChild', function* (buffer: SharedArrayBuffer, at: number): Coroutine<string> {
  const board = new Board(buffer);
  const child = yield* spawn(hold(buffer, at + HOLD_CELLS));
  board.raise(at + STARTED);
  try {
    return yield* child;
  } catch (error) {
    if (isCancelled(error)) board.raise(at + INTERRUPTED);
    throw error;
  } finally {
    yield* yieldNow();
    board.raise(at + CLEANED);
  }
});

/** Catches its cancellation, awaits once more, and returns. */
export const carryOn = task(import.meta, 'carryOn', function* (buffer: SharedArrayBuffer, at: number): Coroutine<string> {
  try {
    return yield* hold(buffer, at);
  } catch {
    yield* yieldNow();
    return 'carried on';
  }
});

/** Says that it has started and computes without a pause until it sees its cancellation. For executors that leave the thread only. */
export const computeOn = task(import.meta, 'computeOn', (buffer: SharedArrayBuffer, by: 'shouldYield' | 'signal'): string => {
  const context = current();
  const { signal } = context;
  new Board(buffer).raise(STARTED);
  if (by === 'shouldYield') while (!context.shouldYield());
  else while (!signal.aborted);
  return 'stopped';
});

/** Says that it has started and keeps its thread to itself until it is released. For executors that leave the thread only. */
export const blockThread = task(import.meta, 'blockThread', (buffer: SharedArrayBuffer, at: number): void => {
  const board = new Board(buffer);
  board.raise(at + STARTED);
  board.block(at + RELEASE);
});
