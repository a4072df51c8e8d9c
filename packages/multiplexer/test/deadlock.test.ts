import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Channel, Mutex, task, yieldNow } from '@heddle/core';
import { Multiplexer, lifo, priority } from '@heddle/multiplexer';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('./fixtures/waiting-for-each-other.mjs', import.meta.url));

/** Only for the case of failure: the program ends by itself. */
const LIMIT_MS = 60_000;

test('a program whose tasks all wait for one another is told so at its end', { timeout: LIMIT_MS }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: LIMIT_MS });
  expect(JSON.parse(stdout)).toEqual({
    codes: ['ERR_HEDDLE_DEADLOCK', 'ERR_HEDDLE_DEADLOCK'],
    lines: [
      'Expected some task to be able to go on, but nothing can wake any of them:',
      expect.stringMatching(/^ {2}left \(task-\d+\) waits for next\(\) of channel one, at .*waiting-for-each-other\.mjs:8:3$/),
      expect.stringMatching(/^ {2}right \(task-\d+\) waits for next\(\) of channel two, at .*waiting-for-each-other\.mjs:13:3$/),
    ],
    stats: { queued: 0, running: 0, awaiting: 0, completed: 0, failed: 2, cancelled: 0 },
  });
});

test('with `deadlocks: idle` tasks that nothing can wake fail as soon as the multiplexer has nothing to do', async () => {
  await using multiplexer = new Multiplexer({ deadlocks: 'idle', budget: { ms: Infinity, steps: 1 } });
  const channel = new Channel<number>();
  const receiving = task(function* receiving() {
    return yield* channel.receive();
  });
  const busy = task(function* busy() {
    for (let turn = 0; turn < 10; turn++) yield* yieldNow();
    yield* channel.send(1);
  });
  const outcomes = await Promise.allSettled([multiplexer.run(receiving()), multiplexer.run(receiving()), multiplexer.run(busy())]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { code: 'ERR_HEDDLE_DEADLOCK' } });
});

test.each([
  ['lifo', lifo()],
  ['priority', priority({ agingMs: 100 })],
])('under the policy %s, two tasks that take two locks in opposite order do not wait for ever', async (_name, policy) => {
  await using multiplexer = new Multiplexer({ policy });
  const locks = [new Mutex({ name: 'one' }), new Mutex({ name: 'two' })];
  const both = task(function* both(first: number, second: number) {
    using _first = yield* (locks[first] as Mutex).lock();
    for (let turn = 0; turn < 3; turn++) yield* yieldNow();
    using _second = yield* (locks[second] as Mutex).lock();
  });
  const runs = [multiplexer.run(both(0, 1), { priority: 1 }), multiplexer.run(both(1, 0), { priority: 1 })];
  const failed = (await Promise.allSettled(runs)).filter(({ status }) => status === 'rejected');
  // Where one of them had both before the other began, there was no circle.
  for (const outcome of failed) expect(outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_DEADLOCK' } });
  expect(locks.map((lock) => lock.statistics())).toEqual(locks.map(() => ({ held: 0, waiting: 0 })));
});
