import { ThreadPool } from '@heddle/threadpool';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { findObstacle } from '../src/serialization.ts';
import { failureOf } from './failure-of.ts';
import { add, addLater, echo } from './fixtures/basics.js';
import { giveBack, giveBackFromChild } from './fixtures/failing.js';

const pool = new ThreadPool({ threads: 2 });
afterAll(() => pool.close());

const pathOf = (value: unknown): string => findObstacle('args', value, new Error('the cause')).path;

describe('an argument that cannot be copied', () => {
  test('is named by its path, with what it is', async () => {
    const error = await failureOf(pool.run(echo({ db: { onConnect: function onConnect() {} } })));
    expect(error).toMatchObject({
      name: 'SerializationError',
      code: 'ERR_HEDDLE_SERIALIZATION',
      path: 'args[0].db.onConnect',
      message: 'The arguments of task echo cannot be copied to another thread: args[0].db.onConnect is the function onConnect',
      cause: { name: 'DataCloneError' },
    });
  });

  test('fails only its own call of a burst', async () => {
    // Known as cheap, so that all of them travel in one message.
    for (let i = 0; i < 10; i++) await pool.run(echo(i));
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => pool.run(echo(i % 20 === 7 ? { trap: Symbol('x') } : i))));
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 20 === 7) expect(outcome).toMatchObject({ status: 'rejected', reason: { path: 'args[0].trap' } });
      else expect(outcome).toEqual({ status: 'fulfilled', value: i });
    }
  });

  test('in the first call of a task leaves the task usable', async () => {
    await using fresh = new ThreadPool({ threads: 1 });
    expect(await failureOf(fresh.run(addLater((() => 1) as unknown as number, 2)))).toMatchObject({ path: 'args[0]' });
    expect(await fresh.run(addLater(1, 2))).toBe(3);
    expect(await fresh.run(add(1, 2))).toBe(3);
  });

  test('is not blamed on what is moved', async () => {
    const { port1, port2 } = new MessageChannel();
    expect(await failureOf(pool.run(echo([port1, () => 1]), { transfer: [port1] }))).toMatchObject({ path: 'args[0][1]' });
    port1.close();
    port2.close();
  });

  test('is a port that is not moved', async () => {
    const { port1, port2 } = new MessageChannel();
    expect(await failureOf(pool.run(echo({ port: port1 })))).toMatchObject({ path: 'args[0].port', message: expect.stringContaining('a MessagePort') });
    port1.close();
    port2.close();
  });

  test('is a buffer that was moved away before', async () => {
    const buffer = new ArrayBuffer(8);
    await pool.run(echo(1), { transfer: [buffer] });
    expect(await failureOf(pool.run(echo(buffer), { transfer: [buffer] }))).toMatchObject({ message: expect.stringContaining('`transfer` lists an ArrayBuffer that was moved away before') });
  });
});

describe('a result that cannot be copied', () => {
  test.each([
    ['a function', 'result'],
    ['a nested function', 'result.rows[1].db.onConnect'],
    ['a map', 'result.get("a").values()'],
    ['a promise inside', 'result.later'],
    ['a weak map', 'result[0]'],
    ['a getter that throws', 'result.trap'],
  ])('%s: the error names the task and the place', async (what, path) => {
    const error = await failureOf(pool.run(giveBack(what)));
    expect(error).toMatchObject({ name: 'SerializationError', code: 'ERR_HEDDLE_SERIALIZATION', path });
    expect((error as Error).message).toContain(`The result of task giveBack cannot be copied to another thread: ${path} is`);
  });

  test('is none within the thread', async () => {
    await using one = new ThreadPool({ threads: 1 });
    expect(await one.run(giveBackFromChild('a function'))).toBe('function');
  });

  test('fails only its own call of a burst', async () => {
    for (let i = 0; i < 10; i++) await pool.run(giveBack('nothing'));
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => pool.run(giveBack(i % 20 === 7 ? 'a function' : 'nothing'))));
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 20 === 7) expect(outcome).toMatchObject({ status: 'rejected', reason: { path: 'result' } });
      else expect(outcome).toEqual({ status: 'fulfilled', value: undefined });
    }
  });
});

describe('the search for the obstacle', () => {
  test.each([
    ['an index', [[1, 2, [Symbol('x')]]], 'args[0][2][0]'],
    ['a key that is no name', [{ 'content-type': { parse: () => 1 } }], 'args[0]["content-type"].parse'],
    ['a name beyond ASCII', [{ größe: () => 1 }], 'args[0].größe'],
    ['a key of a map', [new Map([[() => 1, 1]])], 'args[0].keys()'],
    ['a value of a map', [new Map([[7, { f: () => 1 }]])], 'args[0].get(7).f'],
    ['a promise', [{ later: Promise.resolve() }], 'args[0].later'],
    ['a cause of an error', [new Error('x', { cause: { f: () => 1 } })], 'args[0].cause.f'],
    ['a method of a class instance', [new (class Loom { weave = (): number => 1; })()], 'args[0].weave'],
  ])('finds %s', (_, value, path) => {
    expect(pathOf(value)).toBe(path);
  });

  test('does not blame what an error carries and nobody copies', () => {
    expect(pathOf([Object.assign(new Error('x'), { retry: () => 1 }), { real: () => 1 }])).toBe('args[1].real');
  });

  test('ends on circles, proxies that refuse, and depths beyond its limit', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    circle['f'] = () => 1;
    expect(pathOf([circle])).toBe('args[0].f');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(pathOf([1, proxy])).toBe('args[1]');
    let deep: unknown = () => 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    expect(findObstacle('args', deep, new Error('the cause'))).toMatchObject({ path: expect.stringMatching(/^args/) });
  });

  test('tells the cause when it finds nothing', () => {
    expect(findObstacle('args', [1, 'a', { b: new Date(0) }], new Error('the cause'))).toEqual({ path: 'args', why: 'the cause' });
  });

  test('finds the one function in any value, at a path that leads to it', () => {
    const key = fc.string({ minLength: 1, maxLength: 5 }).filter((name) => name !== '__proto__');
    const steps = fc.array(fc.oneof(fc.record({ key }), fc.record({ index: fc.nat({ max: 4 }) })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.array(fc.anything({ maxDepth: 2 }).filter(isCloneable), { minLength: 8, maxLength: 8 }), (path, company) => {
        const culprit = (): number => 1;
        let value: unknown = culprit;
        for (const [i, step] of path.toReversed().entries()) {
          if ('key' in step) value = { ...plain(company[i]), [step.key]: value };
          else value = [...Array.from({ length: step.index }, () => company[i]), value];
        }
        const found = findObstacle('args', value, new Error('x')).path;
        expect(follow(value, found.slice('args'.length))).toBe(culprit);
      }),
    );
  });
});

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** Company for the culprit: beside it in an object, under a name that a step never has. */
function plain(value: unknown): Record<string, unknown> {
  return { 'beside the culprit': value };
}

/** Walks a path of names, `["keys"]` and `[indexes]`. */
function follow(value: unknown, path: string): unknown {
  let at = value;
  for (const [, name, quoted, index] of path.matchAll(/\.([\p{ID_Start}_$][\p{ID_Continue}$]*)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]/gu)) {
    at = (at as Record<string, unknown>)[name ?? (quoted === undefined ? (index as string) : (JSON.parse(quoted) as string))];
  }
  return at;
}
