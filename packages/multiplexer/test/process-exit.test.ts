import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('./fixtures/never-closed.mjs', import.meta.url));

/** Only for the case of failure: the program ends by itself. */
const LIMIT_MS = 60_000;

test('a program that never closes its multiplexer still ends once its work is done', { timeout: LIMIT_MS }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: LIMIT_MS });
  expect(JSON.parse(stdout)).toEqual({ open: [], stats: { queued: 0, running: 0, awaiting: 1, completed: 4, failed: 0, cancelled: 0 } });
});
