import { ThreadPool, type TaskOutput } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { dieTalking, hear, overheard, say, sayElsewhere, sayInParts, sayLater, spawnTalkers } from './fixtures/talking.js';
import { warmUp } from './warm-up.ts';

/** A pool that captures what its tasks write. */
function listen(threads: number): { pool: ThreadPool; heard: TaskOutput[] } {
  const heard: TaskOutput[] = [];
  return { pool: new ThreadPool({ threads, onOutput: (output) => heard.push(output) }), heard };
}

describe('onOutput', () => {
  test('gets what a task writes, by stream, with the task that wrote it, before its outcome', async () => {
    const { pool, heard } = listen(1);
    const handle = pool.submit(say('warp'), { name: 'talker' });
    await handle.result;
    expect(heard.filter(({ taskId }) => taskId !== undefined)).toEqual([
      { taskId: handle.id, name: 'talker', thread: 1, stream: 'stdout', text: 'warp\n' },
      { taskId: handle.id, name: 'talker', thread: 1, stream: 'stderr', text: 'warp!\n' },
    ]);
    await pool.close();
  });

  test('gets what a module writes while it loads, without a task', async () => {
    const { pool, heard } = listen(1);
    await pool.run(say('weft'));
    expect(heard[0]).toEqual({ taskId: undefined, name: undefined, thread: 1, stream: 'stdout', text: 'talking.js loads\n' });
    await pool.close();
  });

  test('tells calls apart that run at the same time, in every kind of body', async () => {
    const { pool, heard } = listen(2);
    const handles = Array.from({ length: 20 }, (_, index) => pool.submit(index % 2 === 0 ? sayLater(`async ${index}`) : spawnTalkers(`spawned ${index}`)));
    await Promise.all(handles.map((handle) => handle.result));
    for (const [index, { id, name }] of handles.entries()) {
      const own = heard.filter(({ taskId }) => taskId === id);
      expect(new Set(own.map((output) => output.name))).toEqual(new Set([name]));
      expect(own.map(({ text }) => text)).toEqual(index % 2 === 0 ? [`async ${index}\n`, `async ${index} again\n`] : [`spawned ${index}, 1\n`, `spawned ${index}, 2\n`]);
    }
    await pool.close();
  });

  test('names the submitted call when another thread runs a part of it', async () => {
    const { pool, heard } = listen(2);
    await warmUp(pool);
    const handle = pool.submit(sayElsewhere());
    expect(await handle.result).toBe(true);
    expect(heard.filter(({ text }) => text === 'from elsewhere\n').map(({ taskId }) => taskId)).toEqual([handle.id]);
    await pool.close();
  });

  test('gets bytes as text, characters whole, and calls back who wrote', async () => {
    const { pool, heard } = listen(1);
    expect(await pool.run(sayInParts())).toEqual(['done', 'done', 'done']);
    expect(heard.filter(({ taskId }) => taskId !== undefined).map(({ text }) => text)).toEqual(['ö', 'hex']);
    await pool.close();
  });

  test('gets the last words of a task that ends its thread', async () => {
    const { pool, heard } = listen(1);
    expect(await failureOf(pool.run(dieTalking()))).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
    expect(heard.at(-1)).toMatchObject({ name: 'dieTalking', text: 'farewell\n' });
    await pool.close();
  });
});

test('without onOutput the streams of a thread are left as Node made them', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  expect(await pool.run(overheard())).toBe(false);
  const { pool: listening } = listen(1);
  expect(await listening.run(overheard())).toBe(true);
  await listening.run(hear());
  await listening.close();
});
