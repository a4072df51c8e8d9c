import { task } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add } from './fixtures/basics.js';
import { knot } from './fixtures/namesakes-one.js';

const one = new URL('./fixtures/namesakes-one.js', import.meta.url);
const two = new URL('./fixtures/namesakes-two.js', import.meta.url);

/** Stands for the module that a task has in the program's bundle. */
const bundle = (path: string): { readonly url: string } => ({ url: `file:///bundled/${path}` });

test('a task is found by its name in a listed module, although the program has it in another module', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [one] });
  expect(await pool.run(task(bundle('main.js'), 'knot', (n: number) => `here ${n}`)(1))).toBe('one 1');
});

test('of namesakes, the one whose path has the same ending is meant; a task of its own id always is', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [String(one), two] });
  expect(await pool.run(task(bundle('elsewhere/namesakes-two.js'), 'knot', (n: number) => `here ${n}`)(1))).toBe('two 1');
  expect(await pool.run(knot(1))).toBe('one 1');
});

test('of namesakes that cannot be told apart, none is taken', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [one, two] });
  const error = await failureOf(pool.run(task(bundle('main.js'), 'knot', (n: number) => `here ${n}`)(1)));
  expect(error).toMatchObject({ code: 'ERR_HEDDLE_TASK_MISMATCH', message: expect.stringMatching(/^Expected one task 'knot' in the modules .* got several \(.*one\.js#knot, .*two\.js#knot\)\. Give every task of a bundle a name of its own/) });
});

test('two tasks of one id, as in a bundle of two modules, are not taken for one another', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [two] });
  expect(await failureOf(pool.run(task(bundle('main.js'), 'splice', () => 'here')()))).toMatchObject({ code: 'ERR_HEDDLE_TASK_MISMATCH' });
});

test('a task of other code than the one here is not run', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [one] });
  const coroutine = task(bundle('main.js'), 'onlyOne', function* () {});
  expect(await failureOf(pool.run(coroutine()))).toMatchObject({
    code: 'ERR_HEDDLE_TASK_MISMATCH',
    message: expect.stringMatching(/^Expected task 'onlyOne' of .*one\.js#onlyOne to be a coroutine of 0 parameters as in file:\/\/\/bundled\/main\.js, got a function of 0/),
  });
});

test('a task is never taken for one of an installed package', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [one] });
  const installed = task({ url: 'file:///app/node_modules/@loom/knots/index.js' }, 'knot', (n: number) => `here ${n}`);
  expect(await failureOf(pool.run(installed(1)))).toMatchObject({ code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: expect.stringContaining('@loom/knots') });
});

test('a task of a module that is not listed is found where it is defined', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [one] });
  expect(await pool.run(add(1, 2))).toBe(3);
});

test('a listed module that does not load fails every call, and says so', async () => {
  await using pool = new ThreadPool({ threads: 1, modules: [one, new URL('./fixtures/no-such-module.js', import.meta.url)] });
  const expected = { code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: expect.stringMatching(/^No task can be found: the module .*no-such-module\.js, which the pool lists in `modules`, failed to load/) };
  expect(await failureOf(pool.run(knot(1)))).toMatchObject(expected);
  expect(await failureOf(pool.run(add(1, 2)))).toMatchObject(expected);
});

test('modules are listed by absolute URLs', () => {
  expect(() => new ThreadPool({ modules: './tasks.js' as never })).toThrow("Expected `modules` to be an array of URLs such as [new URL('./tasks.js', import.meta.url)], got the string './tasks.js'");
  expect(() => new ThreadPool({ modules: ['./tasks.js'] })).toThrow("Expected `modules` to list absolute URLs such as [new URL('./tasks.js', import.meta.url)], got the string './tasks.js'");
});
