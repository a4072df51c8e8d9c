import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url));

/** Only for the case of failure: the program ends by itself. */
const LIMIT_MS = 60_000;

test('a program that never closes its multiplexer still ends once its work is done', { timeout: LIMIT_MS }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('never-closed')], { timeout: LIMIT_MS });
  expect(JSON.parse(stdout)).toEqual({ open: [], stats: { queued: 0, running: 0, awaiting: 1, completed: 4, failed: 0, cancelled: 0 } });
});

test('a program lives as long as tasks sleep, and is not held by those that were cancelled', { timeout: LIMIT_MS }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('timers-hold')], { timeout: LIMIT_MS });
  const lines = stdout.trim().split('\n');
  // In either order: on a busy machine the second one may begin to sleep long after the first.
  expect(lines.slice(0, -1).toSorted()).toEqual(['slept 1', 'slept 20']);
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ queued: 0, running: 0, awaiting: 0, completed: 2, failed: 0, cancelled: 1_001 });
});
