/** Every submitted call settles, and does so once. */

import assert from 'node:assert/strict';
import { task, type Call, type CallOptions, type Executor } from '@heddle/core';
import { Board } from '../board.ts';
import { defineLaw } from '../law.ts';
import { expectSettledOnce, failureOf } from '../outcomes.ts';
import { awaitChain, echo, echoAsync, echoCoroutine, fail, failAwaited, failUnjoined, hold, HOLD_CELLS, makeFunction, makeTrap, mark, RELEASE, STARTED, throwFunction, throwTrap, throwValue, trap } from '../tasks.ts';

/** A module that fails to load on any thread that needs it; here the task runs all the same. */
const unloadable = (): Call<unknown, true> => {
  const meta = { url: 'data:text/javascript,throw new Error("broken module")' } as ImportMeta;
  return task(meta, 'unloadable', () => 1)();
};

export const settleOnce = defineLaw('settle-once', 'every submitted call settles exactly once', [
  ['value', 'a call that returns', settlesAs('fulfilled', () => echo('value'))],
  ['nothing', 'a call that returns nothing', settlesAs('fulfilled', () => echo(undefined))],
  ['error', 'a call that throws an error', settlesAs('rejected', () => fail('builtin'))],
  ['null', 'a call that throws null', settlesAs('rejected', () => throwValue(null))],
  ['undefined', 'a call that throws undefined', settlesAs('rejected', () => throwValue(undefined))],
  ['string', 'a call that throws a string', settlesAs('rejected', () => throwValue('a string'))],
  ['unjoined', 'a call with a failing child that nobody awaits', settlesAs('rejected', () => failUnjoined('builtin'))],
  ['uncopyable-argument', 'a call with an argument that cannot be copied to another thread', settlesAs('either', () => echo(() => 1))],
  ['uncopyable-result', 'a call with a result that cannot be copied to another thread', settlesAs('either', () => makeFunction())],
  ['uncopyable-error', 'a call that throws what cannot be copied to another thread', settlesAs('rejected', () => throwFunction())],
  ['trapped-argument', 'a call with an argument that throws when it is copied', settlesAs('either', () => echo(trap()))],
  ['trapped-result', 'a call with a result that throws when it is copied', settlesAs('either', () => makeTrap())],
  ['trapped-error', 'a call that throws what throws when it is copied', settlesAs('rejected', () => throwTrap())],
  ['unloadable', 'a call of a task of which the module does not load on another thread', settlesAs('either', unloadable)],
  ['aborted', 'a call with a signal that has aborted already', settlesAs('either', () => echo(1), { signal: AbortSignal.abort() })],
  ['cancelled', 'a call that is cancelled before it starts', cancelledBeforeStart],
  ['interrupted', 'a call that is cancelled while it waits', interrupted],
  ['no-call', 'what is no call is refused: run() rejects, submit() throws', refusesWhatIsNoCall],
  ['many', '500 calls of every kind at once', many],
]);

function settlesAs(status: 'fulfilled' | 'rejected' | 'either', call: () => Call<unknown, true>, options?: CallOptions) {
  return async (executor: Executor<true>): Promise<void> => {
    const handle = executor.submit(call(), options);
    const outcome = await expectSettledOnce(handle);
    if (status !== 'either') assert.equal(outcome.status, status);
    // Whatever became of it, the executor goes on.
    assert.equal(await executor.run(echo('next')), 'next');
  };
}

async function cancelledBeforeStart(executor: Executor<true>): Promise<void> {
  const handle = executor.submit(echo('value'));
  handle.cancel();
  await expectSettledOnce(handle);
}

async function interrupted(executor: Executor<true>): Promise<void> {
  const board = new Board(HOLD_CELLS);
  const handle = executor.submit(hold(board.buffer, 0));
  await board.reached(STARTED);
  handle.cancel();
  await expectSettledOnce(handle);
  board.raise(RELEASE);
}

async function refusesWhatIsNoCall(executor: Executor<true>): Promise<void> {
  for (const [what, wrong] of Object.entries({ nothing: undefined, null: null, number: 5, string: 'a call', task: echo, promise: Promise.resolve(1) })) {
    assert.throws(() => executor.submit(wrong as never), { name: /^(TypeError|NotPortableError)$/ }, `submit() of ${what}`);
    const { name } = await failureOf(executor.run(wrong as never));
    assert.match(String(name), /^(TypeError|NotPortableError)$/, `run() of ${what}`);
  }
}

const MANY = 500;

async function many(executor: Executor<true>): Promise<void> {
  const board = new Board(MANY);
  const controller = new AbortController();
  const handles = Array.from({ length: MANY }, (_, index) => executor.submit(mixed(index, board), mixedOptions(index, controller.signal)));
  handles.forEach((handle, index) => {
    if (index % 11 === 3) handle.cancel('every eleventh');
  });
  controller.abort();
  await Promise.all(handles.map(expectSettledOnce));
  await executor.close();
  for (let index = 0; index < MANY; index++) assert.ok(board.read(index) <= 1, `call ${index} ran ${board.read(index)} times`);
}

function mixed(index: number, board: Board): Call<unknown, true> {
  switch (index % 7) {
    case 0:
      return echoAsync(index);
    case 1:
      return echoCoroutine(index);
    case 2:
      return fail('custom');
    case 3:
      return failAwaited('caused');
    case 4:
      return awaitChain(20);
    default:
      return mark(board.buffer, index);
  }
}

/** Limits on calls that end by themselves: whichever comes first, they settle. */
function mixedOptions(index: number, signal: AbortSignal): CallOptions | undefined {
  switch (index % 5) {
    case 0:
      return { signal };
    case 1:
      return { timeoutMs: 60_000, queueTimeoutMs: 60_000 };
    case 2:
      return { priority: index, key: `key ${index % 3}` };
    default:
      return undefined;
  }
}

