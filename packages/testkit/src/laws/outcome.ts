/** The outcome of a call is the one that the InlineExecutor gives, whichever executor runs it. */

import assert from 'node:assert/strict';
import { InlineExecutor, type Call, type Executor, type Outcome } from '@heddle/core';
import { defineLaw } from '../law.ts';
import { outcomeOf } from '../outcomes.ts';
import { awaitChain, countHalves, countLeaves, echo, echoAsync, echoCoroutine, fail, failAsync, failAwaited, failCoroutine, failInAll, failInJoin, failJoined, failUnjoined, list, operators, reportProgress, spawnChain } from '../tasks.ts';

/** Values of every kind that can be copied between threads. */
function values(): unknown[] {
  return [
    undefined, null, true, 0, -0, 1.5, Number.NaN, Infinity, 2n ** 70n, '', 'text \u{1F9F6}', new Date(0), /loom/gi,
    [], [1, [2, [3]]], {}, { a: { b: { c: undefined } } }, new Map([['key', { nested: new Set([1, 2]) }]]), new Set(),
    new Uint8Array([1, 2, 3]), new Float64Array([0.5]), new ArrayBuffer(4), new Error('a value, not thrown'),
  ];
}

export const outcome = defineLaw('outcome', 'the outcome equals that of the InlineExecutor', [
  ['values', 'for values of every kind, from every kind of body', async (executor) => {
    for (const body of [echo, echoAsync, echoCoroutine]) await compareAll(executor, values().map((value) => body(value)));
  }],
  ['arguments', 'for any number of arguments', async (executor) => {
    await compareAll(executor, [list(), list(1), list(undefined), list(1, 2), list(1, 2, 3), list(1, 2, 3, 4, 5, 6, 7, 8)]);
  }],
  ['failures', 'for failures from every place', async (executor) => {
    for (const body of [fail, failAsync, failCoroutine, failAwaited, failJoined, failUnjoined, failInAll, failInJoin]) await compareAll(executor, [body('builtin')]);
  }],
  ['nesting', 'for calls that await, spawn and join others', async (executor) => {
    await compareAll(executor, [countLeaves(0, 3), countLeaves(3, 2), countHalves(5), awaitChain(300), spawnChain(3)]);
  }],
  ['operators', 'for every operator', (executor) => compare(executor, () => operators(5))],
  ['reused', 'for one call object that is run several times', async (executor) => {
    const call = echoCoroutine('again');
    const results = await Promise.all([executor.run(call), executor.run(call), executor.run(call)]);
    assert.deepEqual(results, ['again', 'again', 'again']);
  }],
  ['progress', 'for progress, value by value', progress],
]);

async function compareAll(executor: Executor<true>, calls: readonly Call<unknown, true>[]): Promise<void> {
  for (const call of calls) await compare(executor, () => call);
}

async function compare(executor: Executor<true>, call: () => Call<unknown, true>): Promise<void> {
  const reference = new InlineExecutor();
  const expected = await outcomeOf(reference.run(call()));
  await reference.close();
  assert.deepEqual(comparable(await outcomeOf(executor.run(call()))), comparable(expected));
}

/** Of an error only what it says: how much of it arrives is another law. */
function comparable(outcome: Outcome<unknown>): unknown {
  return outcome.status === 'fulfilled' ? outcome : { status: outcome.status, reason: String(outcome.reason) };
}

async function progress(executor: Executor<true>): Promise<void> {
  const handle = executor.submit(reportProgress(5));
  const end = outcomeOf(handle.result);
  const values: unknown[] = [];
  for await (const value of handle.progress) values.push(value);
  assert.deepEqual(values, [0, 1, 2, 3, 4]);
  assert.deepEqual(await end, { status: 'fulfilled', value: 'done' });
}
