import { CancelledError, isCancelled } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { throwAsync, throwCoroutine, throwFromChild, throwPlain } from './fixtures/failing.js';
import { catchFray, fray, SelvageError } from './fixtures/registered-errors.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

const pool = new ThreadPool({ threads: 2 });
beforeAll(() => warmUp(pool));
afterAll(() => pool.close());

describe.each([
  ['a plain body', throwPlain],
  ['an async body', throwAsync],
  ['a coroutine', throwCoroutine],
  ['children, one of them on another thread', throwFromChild],
])('an error thrown by %s', (_, failing) => {
  const thrown = (what: string): Promise<unknown> => failureOf(pool.run(failing(what)));

  test('keeps class name, name, message, code, own properties, cause and the stack of its thread', async () => {
    const error = (await thrown('its own class')) as Error & { cause: Error };
    expect(error).toBeInstanceOf(Error);
    expect(error.constructor.name).toBe('LoomError');
    expect(error).toMatchObject({ name: 'LoomError', message: 'warp broke', code: 'ERR_LOOM', shaft: 3 });
    expect(error.stack).toContain('failing.js');
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.cause).toMatchObject({ message: 'too tight', cause: 'humidity' });
    expect(Object.keys(error)).toEqual(['name', 'code', 'shaft']);
  });

  test('keeps the errors of an AggregateError', async () => {
    const error = await thrown('an aggregate');
    expect(error).toBeInstanceOf(AggregateError);
    const { errors } = error as AggregateError;
    expect(errors).toMatchObject([{ name: 'LoomError', shaft: 1 }, { message: 'two' }, 3]);
    expect(errors[1]).toBeInstanceOf(TypeError);
  });

  test('may be any value at all', async () => {
    expect(await thrown('null')).toBe(null);
    expect(await thrown('undefined')).toBe(undefined);
    expect(await thrown('a string')).toBe('plain text');
    expect(await thrown('an object')).toEqual({ reason: 'object' });
  });

  test('may be a DOMException', async () => {
    const error = await thrown('a DOMException');
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'took too long', code: 23 });
  });

  test('says in place of a function that there was one, and keeps the rest', async () => {
    expect(await thrown('a function property')).toMatchObject({ message: 'with a function', kept: { deep: [1] }, retry: expect.stringContaining('function') });
    expect(await thrown('a function inside a property')).toMatchObject({ message: 'with a nested function', kept: 1, context: expect.any(String) });
  });

  test('survives a property that throws when it is read', async () => {
    expect(await thrown('a getter that throws')).toMatchObject({ message: 'with a getter', kept: 1, trap: expect.stringContaining('trapped') });
    expect(await thrown('a message getter that throws')).toBeInstanceOf(Error);
  });

  test('survives a name, message or stack that is no text', async () => {
    expect(await thrown('a stack that is no text')).toMatchObject({ message: 'odd stack' });
    expect(await thrown('a message that is no text')).toBeInstanceOf(Error);
    expect(await thrown('a name without text')).toMatchObject({ message: 'odd name' });
  });

  test('is described where it cannot be copied at all', async () => {
    for (const what of ['a function', 'a symbol', 'a revoked proxy']) {
      expect(await thrown(what)).toMatchObject({ code: 'ERR_HEDDLE_REMOTE', message: expect.stringContaining('cannot be copied') });
    }
  });

  test('may refer to itself, even in many ways', async () => {
    expect(await thrown('itself as its cause')).toMatchObject({ message: 'circular' });
    expect(await thrown('a tangle')).toMatchObject({ message: 'tangle' });
  });
});

test('a task that throws a cancellation of its own has failed with it', async () => {
  const error = await failureOf(pool.run(throwPlain('a cancellation of its own')));
  expect(isCancelled(error)).toBe(true);
  expect(error).toMatchObject({ message: 'called off inside' });
});

test('failing tasks leave the pool with all its threads', async () => {
  const fresh = new ThreadPool({ threads: 2 });
  const before = await warmUp(fresh);
  await Promise.allSettled(Array.from({ length: 100 }, () => fresh.run(throwPlain('its own class'))));
  expect(fresh.stats()).toMatchObject({ queued: 0, completed: 2, failed: 100 });
  await fresh.close();
  expect(before.length).toBe(2);
});

test('a failure that nobody asks for is an unhandled rejection, unless somebody asks within the turn', async () => {
  const lost: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const oneIsLost = new Promise<void>((resolve) => {
    process.on('unhandledRejection', (reason) => {
      lost.push(reason);
      resolve();
    });
  });
  try {
    pool.submit(throwPlain('a string'));
    const asked = pool.submit(throwPlain('an object'));
    await failureOf(asked.result);
    await failureOf(pool.run(throwPlain('null')));
    await oneIsLost;
    expect(lost).toEqual(['plain text']);
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
});

describe('an error of a class that its module registers', () => {
  test('is an instance of it here, with its methods and its causes', async () => {
    const error = await failureOf(pool.run(fray(7)));
    expect(error).toBeInstanceOf(SelvageError);
    const frayed = error as SelvageError & { cause: SelvageError };
    expect([frayed.message, frayed.isNarrow(), frayed.cause.isNarrow()]).toEqual(['frayed', true, false]);
  });

  test('is an instance of it for a task whose child runs on another thread', async () => {
    expect(await pool.run(catchFray(new Flag().memory, 7))).toBe(true);
  });
});

describe('the stack of a failure', () => {
  const shown = new ThreadPool({ threads: 1, submitStacks: true });
  afterAll(() => shown.close());

  async function submitHere(pool: ThreadPool): Promise<string[]> {
    const error = (await failureOf(pool.run(throwPlain('its own class')))) as Error;
    return (error.stack ?? '').split('\n');
  }

  test('goes on with the place of submission, after the frames of its thread', async () => {
    const lines = await submitHere(shown);
    const at = lines.findIndex((line) => line.startsWith('    at submit '));
    expect(lines[at]).toMatch(/at submit submitHere \(.*errors\.test\.ts:\d+:\d+\)$/);
    expect(lines.slice(0, at).join('\n')).toContain('failing.js');
    expect(lines.filter((line) => line.includes('at submit'))).toHaveLength(1);
  });

  test('goes on likewise for submit(), and where the pool itself made the error', async () => {
    function submitIt(): Promise<unknown> {
      return shown.submit(throwPlain((() => 1) as unknown as string)).result;
    }
    const error = (await failureOf(submitIt())) as Error;
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_SERIALIZATION' });
    expect(error.stack).toMatch(/\n {4}at submit submitIt \(.*errors\.test\.ts/);
  });

  test('ends with one place, whichever calls one error ends', async () => {
    const reason = new CancelledError('called off');
    const handles = [shown.submit(throwPlain('null')), shown.submit(throwPlain('null'))];
    for (const handle of handles) handle.cancel(reason);
    const errors = (await Promise.all(handles.map(({ result }) => failureOf(result)))) as Error[];
    for (const error of errors) expect(error.stack?.match(/at submit/g)).toHaveLength(1);
  });

  test('says nothing of it by default', async () => {
    expect((await submitHere(pool)).join('\n')).not.toContain('at submit');
  });
});
