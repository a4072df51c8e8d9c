import { createRequire } from 'node:module';
import { InlineExecutor } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { expect, test } from 'vitest';

const { quadruple } = createRequire(import.meta.url)('./fixtures/commonjs-tasks.cjs') as typeof import('./fixtures/commonjs-tasks.cjs');

test('a task module in CommonJS is found by the threads', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  expect(await pool.run(quadruple(3))).toEqual({ value: 12, isMainThread: false });
  await using inline = new InlineExecutor();
  expect(await inline.run(quadruple(3))).toEqual({ value: 12, isMainThread: true });
});
