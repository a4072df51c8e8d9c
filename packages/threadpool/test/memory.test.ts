import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Only for the case of failure: it takes seconds. */
const LIMIT_MS = 240_000;

/** Two bytes a task would show. What V8 compiles and caches meanwhile is less. */
const TOLERANCE_BYTES = 2 * 2 ** 20;

test('the memory of the main thread and of all others is flat over a million tasks', { timeout: LIMIT_MS }, async () => {
  const path = fileURLToPath(new URL('./fixtures/programs/million.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: LIMIT_MS });
  const { tasks, grown } = JSON.parse(stdout) as { tasks: number; grown: number[] };
  expect(tasks).toBeGreaterThanOrEqual(1_100_000);
  for (const bytes of grown) expect(bytes).toBeLessThan(TOLERANCE_BYTES);
});
