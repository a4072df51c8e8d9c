import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Only for the case of failure: every program ends by itself. */
const LIMIT_MS = 30_000;

async function output(program: string): Promise<string> {
  const path = fileURLToPath(new URL(`./fixtures/programs/${program}.mjs`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: LIMIT_MS });
  return stdout.trim();
}

test('a program that never closes its pool ends once its work is done', { timeout: LIMIT_MS }, async () => {
  expect(await output('idle')).toBe('3 7 55');
});

test('a program that only makes a pool ends', { timeout: LIMIT_MS }, async () => {
  expect(await output('never-used')).toBe('made');
});

test('a program does not end before the work of its pool is done', { timeout: LIMIT_MS }, async () => {
  expect(await output('busy')).toBe('5,50');
});

test('after close() no thread, port or timer is left, though a thread had crashed', { timeout: LIMIT_MS }, async () => {
  expect(JSON.parse(await output('closed'))).toEqual([]);
});

test('after close() nothing is left of threads that came and went either', { timeout: LIMIT_MS }, async () => {
  expect(JSON.parse(await output('closed-with-all'))).toEqual([]);
});

test('a teardown hook runs to its end though nothing else keeps the process alive', { timeout: LIMIT_MS }, async () => {
  expect(await output('closes-last')).toBe('torn down 2');
});

test('a pool that its own task module makes is refused on the threads, and the error says what to do', { timeout: LIMIT_MS }, async () => {
  const { code, message, cause } = JSON.parse(await output('main-script')) as Record<string, string>;
  expect(code).toBe('ERR_HEDDLE_TASK_NOT_FOUND');
  expect(message).toContain('main-script.mjs failed to load');
  expect(cause).toContain('got a ThreadPool made while it loads on a worker thread');
  expect(cause).toContain('isMainThread');
});

test('tasks may stand in the script that makes the pool, behind a check of isMainThread', { timeout: LIMIT_MS }, async () => {
  expect(await output('guarded-script')).toBe('42');
});
