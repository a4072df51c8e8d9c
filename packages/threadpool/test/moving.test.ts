import { ThreadPool } from '@heddle/threadpool';
import { expect, test } from 'vitest';
import { meet, meetAfterSleep, spawnLocal, spawnUncloneable } from './fixtures/nested.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

test('a spawned call moves to a thread that has nothing to do, and its result comes back', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  const [one, two] = [new Flag(), new Flag()];
  const threads = await pool.run(meet(one.memory, two.memory));
  expect(new Set(threads).size).toBe(2);
});

test('a task that was parked in between still gives calls away', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  const [one, two] = [new Flag(), new Flag()];
  const threads = await pool.run(meetAfterSleep(one.memory, two.memory));
  expect(new Set(threads).size).toBe(2);
});

test('calls with arguments that cannot be copied run on the thread that spawned them', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  const { home, results } = await pool.run(spawnUncloneable(50));
  expect(results).toEqual(Array.from({ length: 50 }, () => ({ value: home, thread: home })));
});

test('calls of local tasks run on the thread that spawned them', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  const { home, results } = await pool.run(spawnLocal(50));
  expect(results).toEqual(Array.from({ length: 50 }, (_, value) => ({ value, thread: home })));
});
