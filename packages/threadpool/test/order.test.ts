import { fifo, lifo, priority } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noteStart } from './fixtures/basics.js';
import { occupy } from './fixtures/cancelling.js';
import { noteFirst, noteSecond } from './fixtures/ordered.js';
import { noteSlow } from './fixtures/slow-to-load.js';
import { Flag } from './flag.ts';

const CELL = Int32Array.BYTES_PER_ELEMENT;

function startsIn(list: SharedArrayBuffer): number[] {
  const cells = new Int32Array(list);
  return [...cells.subarray(1, 1 + (cells[0] ?? 0))];
}

/** Keeps the only thread of a pool busy while `submit` fills the queue; then lets it go and waits for all. */
async function behindABusyThread(pool: ThreadPool, submit: () => Promise<unknown>[]): Promise<void> {
  const [started, go] = [new Flag(), new Flag()];
  const running = pool.run(occupy(started.memory, go.memory));
  await started.raised();
  const calls = submit();
  go.raise();
  await Promise.all([running, ...calls]);
}

describe('calls start in the order in which they were submitted', () => {
  test('at one thread, in one burst', async () => {
    await using pool = new ThreadPool({ threads: 1, policy: fifo() });
    const list = new SharedArrayBuffer(CELL * 3_001);
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => pool.run(noteStart(list, i))));
    expect(startsIn(list)).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
  });

  test('also those with a signal, a time limit or a priority', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('none', 'signal', 'timeout', 'queue timeout', 'deadline', 'priority', 'with'), { minLength: 1, maxLength: 200 }), async (kinds) => {
        const list = new SharedArrayBuffer(CELL * (kinds.length + 1));
        const { signal } = new AbortController();
        const submit = (kind: string, i: number): Promise<void> => {
          const call = noteStart(list, i);
          switch (kind) {
            case 'signal':
              return pool.run(call, { signal });
            case 'timeout':
              return pool.run(call, { timeoutMs: 60_000 });
            case 'queue timeout':
              return pool.run(call, { queueTimeoutMs: 60_000 });
            case 'deadline':
              return pool.run(call, { deadline: Date.now() + 60_000 });
            case 'priority':
              return pool.run(call, { priority: i });
            case 'with':
              return pool.run(call.with({ name: 'renamed', signal }));
            default:
              return pool.run(call);
          }
        };
        await Promise.all(kinds.map(submit));
        expect(startsIn(list)).toEqual(kinds.map((_, i) => i));
      }),
      { numRuns: 20 },
    );
  });

  test('although the module of one is still loading when the next could start', async () => {
    const list = new SharedArrayBuffer(CELL * 10);
    await using pool = new ThreadPool({ threads: 1 });
    // Makes `noteFirst` known as cheap, so that several calls travel together.
    for (let i = 0; i < 8; i++) await pool.run(noteFirst(new SharedArrayBuffer(CELL * 2), i));
    await Promise.all([pool.run(noteFirst(list, 0)), pool.run(noteSlow(list, 1)), pool.run(noteFirst(list, 2)), pool.run(noteSecond(list, 3))]);
    expect(startsIn(list)).toEqual([0, 1, 2, 3]);
  });
});

describe('the policy decides', () => {
  test('priority takes the highest first, and the oldest among equals', async () => {
    await using pool = new ThreadPool({ threads: 1, policy: priority() });
    const list = new SharedArrayBuffer(CELL * 7);
    const levels = [0, 5, -1, 5, 0, 9];
    await behindABusyThread(pool, () => levels.map((level, i) => pool.run(noteStart(list, i), { priority: level })));
    expect(startsIn(list)).toEqual([5, 1, 3, 0, 4, 2]);
  });

  test('priority with ageing takes the one that has waited for long before a more urgent one', async () => {
    const agingMs = 0.01;
    await using pool = new ThreadPool({ threads: 1, policy: priority({ agingMs }) });
    const list = new SharedArrayBuffer(CELL * 4);
    await behindABusyThread(pool, () => {
      const first = pool.run(noteStart(list, 0), { priority: 1 });
      // Until the clock has moved on, by a hundred levels at least.
      for (const beganMs = Date.now(); Date.now() < beganMs + 2; );
      return [first, pool.run(noteStart(list, 1), { priority: 90 }), pool.run(noteStart(list, 2), { priority: 1_000_000 })];
    });
    expect(startsIn(list)).toEqual([2, 0, 1]);
  });

  test('lifo takes the newest first', async () => {
    await using pool = new ThreadPool({ threads: 1, policy: lifo() });
    const list = new SharedArrayBuffer(CELL * 6);
    await behindABusyThread(pool, () => [0, 1, 2, 3, 4].map((i) => pool.run(noteStart(list, i))));
    expect(startsIn(list)).toEqual([4, 3, 2, 1, 0]);
  });
});
