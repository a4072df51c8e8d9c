/** Cancelling: a queued call never starts; a running one sees its signal, runs its `finally` blocks, then settles. */

import assert from 'node:assert/strict';
import type { Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { expectCancelled, outcomesOf, runsOnThisThread } from '../outcomes.ts';
import { carryOn, CLEANED, computeOn, echo, hold, holdAsync, HOLD_CELLS, holdWithChild, INTERRUPTED, mark, RELEASE, STARTED } from '../tasks.ts';

export const cancel = defineLaw('cancel', 'a cancelled call stops cleanly and alone', [
  ['queued', 'a queued call never starts, and its neighbours do', queuedNeverStarts],
  ['queued-signal', 'nor does one of which the signal aborts', queuedSignalNeverStarts],
  ['aborted', 'nor does one of which the signal had aborted before it was submitted', abortedNeverStarts],
  ['coroutine', 'a coroutine that waits is interrupted, cleans up, and settles after that', interrupts(hold)],
  ['async', 'so does an async function, which hears of it by its signal', interrupts(holdAsync)],
  ['signal', 'the signal of the call does the same, and its reason is kept', interruptsBySignal],
  ['child', 'so does a call that awaits a child, and the child with it', interruptsTheChild],
  ['should-yield', 'a call that computes without a pause on another thread sees it by shouldYield()', reachesComputation('shouldYield')],
  ['aborted-flag', 'and by its signal', reachesComputation('signal')],
  ['neighbours', 'calls that were not cancelled go on', neighboursGoOn],
  ['carry-on', 'a call that catches its cancellation may go on and return', carriesOn],
  ['dispose', 'disposing of a handle cancels the call and waits for its end', disposes],
]);

const CALLS = 60;

async function queuedNeverStarts(executor: Executor<true>): Promise<void> {
  const board = new Board(CALLS);
  const handles = Array.from({ length: CALLS }, (_, index) => executor.submit(mark(board.buffer, index)));
  handles.forEach((handle, index) => {
    if (index % 2 === 1) handle.cancel('not needed');
  });
  await expectOddOnesCancelled(handles.map((handle) => handle.result), 'not needed');
  await executor.close();
  expectOnlyEvenOnesRan(board);
}

async function expectOddOnesCancelled(results: readonly Promise<unknown>[], reason: string): Promise<void> {
  await Promise.all(
    results.map(async (result, index) => {
      if (index % 2 === 0) await result;
      else assert.equal((await expectCancelled(result)).cause, reason);
    }),
  );
}

function expectOnlyEvenOnesRan(board: Board): void {
  for (let index = 0; index < CALLS; index++) assert.equal(board.read(index), index % 2 === 0 ? 1 : 0, `runs of call ${index}`);
}

async function queuedSignalNeverStarts(executor: Executor<true>): Promise<void> {
  const board = new Board(CALLS);
  const controller = new AbortController();
  const { signal } = controller;
  const results = Array.from({ length: CALLS }, (_, index) => executor.run(mark(board.buffer, index), index % 2 === 1 ? { signal } : undefined));
  controller.abort('all at once');
  await expectOddOnesCancelled(results, 'all at once');
  await executor.close();
  expectOnlyEvenOnesRan(board);
}

async function abortedNeverStarts(executor: Executor<true>): Promise<void> {
  const board = new Board(1);
  const error = await expectCancelled(executor.run(mark(board.buffer, 0), { signal: AbortSignal.abort('too early') }));
  assert.equal(error.cause, 'too early');
  await executor.run(echo('a later call'));
  await executor.close();
  assert.equal(board.read(0), 0, 'runs of the call');
}

function interrupts(body: typeof hold | typeof holdAsync) {
  return async (executor: Executor<true>): Promise<void> => {
    const board = new Board(HOLD_CELLS);
    const handle = executor.submit(body(board.buffer, 0));
    await board.reached(STARTED);
    handle.cancel('enough');
    const error = await expectCancelled(handle.result);
    expectCleanedUp(board, 0);
    assert.equal(error.cause, 'enough');
    board.raise(RELEASE);
  };
}

/** Read when the call has settled: it must have cleaned up before. */
function expectCleanedUp(board: Board, at: number): void {
  assert.equal(board.read(at + INTERRUPTED), 1, 'expected the task to be told of its cancellation');
  assert.equal(board.read(at + CLEANED), 1, 'expected its finally block to have run before the call settled');
}

async function interruptsBySignal(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const controller = new AbortController();
  const result = executor.run(hold(board.buffer, 0), { signal: controller.signal });
  await board.reached(STARTED);
  controller.abort('enough');
  const error = await expectCancelled(result);
  expectCleanedUp(board, 0);
  assert.equal(error.cause, 'enough');
  board.raise(RELEASE);
}

async function interruptsTheChild(executor: Executor<true>): Promise<void> {
  const board = new Board(2 * HOLD_CELLS);
  const handle = executor.submit(holdWithChild(board.buffer, 0));
  await board.reached(STARTED);
  await board.reached(HOLD_CELLS + STARTED);
  handle.cancel();
  await expectCancelled(handle.result);
  expectCleanedUp(board, 0);
  expectCleanedUp(board, HOLD_CELLS);
  board.raise(HOLD_CELLS + RELEASE);
}

function reachesComputation(by: 'shouldYield' | 'signal') {
  return async (executor: Executor<true>): Promise<void> => {
    // On this thread nobody could cancel it meanwhile.
    if (await runsOnThisThread(executor)) return;
    const board = new Board(HOLD_CELLS);
    const handle = executor.submit(computeOn(board.buffer, by));
    await board.reached(STARTED);
    handle.cancel();
    assert.equal(await handle.result, 'stopped', 'expected it to see its cancellation and end by itself');
  };
}

async function neighboursGoOn(executor: Executor<true>): Promise<void> {
  const count = 6;
  const board = new Board(count * HOLD_CELLS);
  const at = (index: number): number => index * HOLD_CELLS;
  const handles = Array.from({ length: count }, (_, index) => executor.submit((index < 3 ? hold : holdAsync)(board.buffer, at(index))));
  const ends = outcomesOf(handles.map((handle) => handle.result));
  for (let index = 0; index < count; index++) await board.reached(at(index) + STARTED);
  handles[1]?.cancel();
  handles[4]?.cancel();
  await expectCancelled(handles[1]!.result); // Invariant: `count` handles.
  await expectCancelled(handles[4]!.result);
  assert.deepEqual(handles.filter((handle) => handle.state === 'complete').length, 2, 'expected the two cancelled calls to have ended and no other');
  for (let index = 0; index < count; index++) board.raise(at(index) + RELEASE);
  assert.deepEqual((await ends).map((outcome) => outcome.status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  for (const index of [0, 2, 3, 5]) assert.equal(board.read(at(index) + INTERRUPTED), 0, `interrupts of call ${index}`);
}

async function carriesOn(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const handle = executor.submit(carryOn(board.buffer, 0));
  await board.reached(STARTED);
  handle.cancel();
  assert.equal(await handle.result, 'carried on');
  board.raise(RELEASE);
}

async function disposes(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const handle = executor.submit(hold(board.buffer, 0));
  await board.reached(STARTED);
  await handle[Symbol.asyncDispose]();
  assert.equal(handle.state, 'complete');
  expectCleanedUp(board, 0);
  board.raise(RELEASE);
}
