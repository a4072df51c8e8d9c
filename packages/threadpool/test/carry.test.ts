import { carry } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { requestId, see, seeFromChild, seeLater, seeThroughout, unnamed, user } from './fixtures/carrying.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

const pool = new ThreadPool({ threads: 2 });
beforeAll(() => warmUp(pool));
afterAll(() => pool.close());

/** What comes of `undefined` that was not set, in a list that was copied. */
const nothing = [undefined, undefined, undefined];

describe('an AsyncLocalStorage that has a name', () => {
  test('is set for a task as it was where its call was submitted, in every kind of body and after every wait', async () => {
    const inside = ['r-1', 'Ada', undefined];
    await requestId.run('r-1', () =>
      user.run({ name: 'Ada' }, async () => {
        expect(await pool.run(see())).toEqual(inside);
        expect(await pool.run(seeLater())).toEqual(inside);
        expect(await pool.run(seeThroughout())).toEqual([inside, inside, inside, inside]);
      }),
    );
  });

  test('is set for each call of a burst as it was there, and for no other', async () => {
    const calls = Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? pool.run(see()) : requestId.run(i, () => pool.run(i % 3 === 1 ? see() : seeLater()))));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? nothing : [i, undefined, undefined])));
  });

  test('is set for a child that runs on another thread', async () => {
    const outcome = await requestId.run('r-2', () => pool.run(seeFromChild(new Flag().memory)));
    expect(outcome).toEqual({ seen: ['r-2', undefined, undefined], isElsewhere: true });
  });

  test('with a value that cannot be copied ends the call, and says which', async () => {
    const error = await failureOf(requestId.run({ log: () => 1 }, () => pool.run(see())));
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION', path: expect.stringMatching(/^context\["fixtures\/requestId"\]\.log$/) });
    expect(await pool.run(see())).toEqual(nothing);
  });
});

test('an AsyncLocalStorage without a name stays on its thread', async () => {
  expect(await unnamed.run('here', () => pool.run(see()))).toEqual(nothing);
});

test('carry() takes a name and a storage', () => {
  expect(() => carry('', requestId)).toThrow("Expected the name of a carried storage to be a non-empty string, got the string ''");
  expect(() => carry('x', {} as never)).toThrow("Expected carry('x') of an AsyncLocalStorage, got an object");
});
