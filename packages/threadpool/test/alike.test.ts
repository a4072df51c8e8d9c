/** Calls of one plain function that came together: nothing is made of them on their thread before their turn, and mostly not even then. */

import { CancelledError } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { act, passBy, spinUntil, sum } from './fixtures/alike.js';
import { flags, Flag } from './flag.ts';

const KINDS = ['value', 'throw', 'promise', 'coroutine', 'name', 'object', 'value', 'value'] as const;

function expectedOf(kind: (typeof KINDS)[number], index: number): unknown {
  switch (kind) {
    case 'throw':
      return `RangeError: no ${index}`;
    case 'promise':
      return `promised ${index}`;
    case 'coroutine':
      return `later ${index}`;
    case 'name':
      return `act ${index}`;
    case 'object':
      return { index };
    default:
      return `value ${index}`;
  }
}

/** Makes `passBy` known as cheap, so that many calls of it are sent in one message. */
async function learnCheap(pool: ThreadPool): Promise<void> {
  const open = new Flag();
  open.raise();
  for (let round = 0; round < 10; round++) await Promise.all(flags(16).map((flag) => pool.run(passBy(flag.memory, open.memory))));
}

/** Brings the only thread of a pool to where one call runs and others were sent along with it. */
async function sendTogether(pool: ThreadPool, count: number) {
  for (;;) {
    await learnCheap(pool);
    const go = new Flag();
    const begun = flags(count);
    const handles = begun.map((flag) => pool.submit(passBy(flag.memory, go.memory)));
    await begun[0]?.raised();
    if (handles.every(({ state }) => state === 'running')) return { go, begun, handles };
    go.raise();
    await Promise.all(handles.map(({ result }) => result));
  }
}

describe('calls that are alike and came together', () => {
  test('each come to what they come to alone, whatever the ones before did', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    for (let round = 0; round < 5; round++) {
      const kinds = Array.from({ length: 64 }, (_, index) => KINDS[(index * (round + 1)) % KINDS.length] ?? 'value');
      const outcomes = await Promise.all(kinds.map((kind, index) => Promise.resolve(pool.run(act(kind, index))).catch(String)));
      expect(outcomes).toEqual(kinds.map(expectedOf));
    }
  });

  test('get their arguments, however many those are', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const lists = [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]];
    for (let round = 0; round < 3; round++) {
      const sums = await Promise.all(lists.flatMap((list) => Array.from({ length: 8 }, (_, index) => pool.run(sum(...list.map((number) => number * index))))));
      expect(sums).toEqual(lists.flatMap((list) => Array.from({ length: 8 }, (_, index) => list.reduce((one, other) => one + other * index, 0))));
    }
  });

  test('never begin when they are cancelled before their turn', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const { go, begun, handles } = await sendTogether(pool, 8);
    for (const index of [2, 3, 7]) handles[index]?.cancel(new Error('not any more'));
    go.raise();
    const outcomes = await Promise.allSettled(handles.map(({ result }) => result));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, false, true, true, true, false]);
    expect(outcomes[2]).toMatchObject({ status: 'rejected', reason: expect.any(CancelledError) as CancelledError });
    expect(begun.map(({ isRaised }) => isRaised)).toEqual([true, true, false, false, true, true, true, false]);
    expect(await pool.run(sum(1, 2))).toBe(3);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, awaiting: 0 });
  });

  test('may all be cancelled, and the thread goes on', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const { go, begun, handles } = await sendTogether(pool, 8);
    for (const handle of handles.slice(1)) handle.cancel();
    go.raise();
    const outcomes = await Promise.allSettled(handles.map(({ result }) => result));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(begun.filter(({ isRaised }) => isRaised)).toHaveLength(1);
    expect(await pool.run(sum(1, 2))).toBe(3);
  });

  test('see at once when they are cancelled while they run', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const open = new Flag();
    open.raise();
    await Promise.all(flags(16).map((flag) => pool.run(spinUntil(flag.memory, open.memory))));
    const [begun, go] = [new Flag(), new Flag()];
    const handle = pool.submit(spinUntil(begun.memory, go.memory));
    await begun.raised();
    handle.cancel();
    await expect(handle.result).rejects.toThrow(CancelledError);
    expect(await pool.run(spinUntil(new Flag().memory, open.memory))).toBe('let go');
  });

  test('are told of to a trace like any others', async () => {
    const events: string[] = [];
    await using pool = new ThreadPool({ threads: 1, trace: { event: ({ type, name }) => events.push(`${type} ${name}`) } });
    await Promise.all([1, 2, 3].map((number) => pool.run(sum(number))));
    expect(events.filter((event) => event === 'started sum')).toHaveLength(3);
    expect(events.filter((event) => event === 'completed sum')).toHaveLength(3);
  });
});
