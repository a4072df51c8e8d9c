import { ThreadPool } from '@heddle/threadpool';
import { expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { longest } from './fixtures/typescript-task.ts';

const loader = new URL('./fixtures/tsx-loader.mjs', import.meta.url).href;
const points = [
  { x: 3, y: 4 },
  { x: 1, y: 1 },
];

test('a task module in TypeScript is found through a loader', async () => {
  await using pool = new ThreadPool({ threads: 1, execArgv: ['--import', loader] });
  expect(await pool.run(longest(points))).toBe(5);
});

const stripsTypes = (process.features as { typescript?: unknown }).typescript === 'strip';

test.runIf(stripsTypes)('a task module in TypeScript is found by a Node that strips types by itself', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  expect(await pool.run(longest(points))).toBe(5);
});

test.skipIf(stripsTypes)('without a loader the error names the module that Node cannot read', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  expect(await failureOf(pool.run(longest(points)))).toMatchObject({ code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: expect.stringContaining('typescript-task.ts') });
});
