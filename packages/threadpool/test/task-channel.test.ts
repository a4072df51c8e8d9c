import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TASK_CHANNEL, TraceRecorder, type TraceEvent } from '@heddle/core';
import { ThreadPool } from '@heddle/threadpool';
import { afterEach, describe, expect, test } from 'vitest';
import { expectWholeLives, tasksIn } from './whole-lives.ts';
import { add } from './fixtures/basics.js';
import { fib } from './fixtures/nested.js';
import { listenDuring } from './fixtures/listening.js';
import { warmUp } from './warm-up.ts';

/** A call of fib(12) awaits one half of its calls directly and spawns the other. */
const SPAWNED_BY_FIB_12 = 233;

let events: TraceEvent[] = [];
let ended = 0;
let onEnd: (() => void) | undefined;
const hear = (message: unknown): void => {
  const event = message as TraceEvent;
  events.push(event);
  if (event.type !== 'completed') return;
  ended++;
  onEnd?.();
};

/** Resolves once so many tasks have been told to have ended. The threads tell it in messages of their own, each in its own time. */
async function heardEnds(count: number): Promise<void> {
  while (ended < count) {
    await new Promise<void>((resolve) => {
      onEnd = resolve;
    });
  }
}

afterEach(() => {
  unsubscribe(TASK_CHANNEL, hear);
  events = [];
  ended = 0;
});

describe('the task channel of the thread that made the pool', () => {
  test('is told of every task on every thread, in a pool that is made after the subscription', async () => {
    subscribe(TASK_CHANNEL, hear);
    const pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    await pool.run(fib(12));
    await pool.close();
    expectWholeLives(events);
    expect(tasksIn(events.filter(({ name }) => name === 'fib')).size).toBe(SPAWNED_BY_FIB_12);
    expect(new Set(events.map(({ thread }) => thread))).toEqual(new Set([0, 1, 2]));
  });

  test('is told so in a pool of which the threads were at work before, as often as somebody begins to subscribe', async () => {
    const pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    for (let round = 0; round < 10; round++) {
      subscribe(TASK_CHANNEL, hear);
      const handle = pool.submit(fib(12));
      await Promise.all([handle.result, heardEnds(SPAWNED_BY_FIB_12)]);
      unsubscribe(TASK_CHANNEL, hear);
      expectWholeLives(events);
      expect(events[0]).toMatchObject({ type: 'queued', taskId: handle.id });
      expect(tasksIn(events).size).toBe(SPAWNED_BY_FIB_12);
      events = [];
      ended = 0;
      await pool.run(fib(12));
      expect(events).toEqual([]);
    }
    await pool.close();
  });

  test('is told the very events that the pool’s own sink is told', async () => {
    const trace = new TraceRecorder();
    const pool = new ThreadPool({ threads: 2, trace });
    await pool.run(add(1, 2));
    const before = trace.events.length;
    subscribe(TASK_CHANNEL, hear);
    await pool.run(fib(8));
    await pool.close();
    expect(before).toBe(3);
    expect(events.length).toBeGreaterThan(0);
    expect(events).toEqual(trace.events.slice(before));
  });

  test('is the only one: what a worker thread’s tasks do is not published a second time there', async () => {
    subscribe(TASK_CHANNEL, hear);
    const pool = new ThreadPool({ threads: 1 });
    const heardOnThread = await pool.run(listenDuring(7));
    await pool.close();
    expect(heardOnThread).toEqual(['inner']);
    expect(tasksIn(events).size).toBe(1);
  });
});

test('a sink that throws takes no outcome with it', async () => {
  const uncaught: unknown[] = [];
  const keep = (error: unknown): void => {
    uncaught.push(error);
  };
  // vitest’s own listeners would take them for failures of the test.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', keep);
  try {
    let told = 0;
    const trace = {
      event() {
        told++;
        throw new Error('a broken sink');
      },
    };
    const pool = new ThreadPool({ threads: 2, trace });
    expect(await Promise.all([pool.run(fib(10)), pool.run(add(1, 2))])).toEqual([55, 3]);
    await pool.close();
    expect(told).toBeGreaterThan(6);
    expect(uncaught).toHaveLength(told);
  } finally {
    process.off('uncaughtException', keep);
    for (const other of others) process.on('uncaughtException', other);
  }
});
