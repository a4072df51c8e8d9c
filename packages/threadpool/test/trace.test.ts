import { renderPerfetto, renderTable, TraceRecorder, type TraceEvent } from '@heddle/core';
import { readChromeTrace } from '@heddle/testkit';
import { ThreadPool } from '@heddle/threadpool';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of.ts';
import { add, contextOf, echo } from './fixtures/basics.js';
import { occupy, raiseFlag } from './fixtures/cancelling.js';
import { crash } from './fixtures/crashing.js';
import { throwPlain } from './fixtures/failing.js';
import { fib, meet } from './fixtures/nested.js';
import { early } from './fixtures/throws-while-loading.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';
import { expectWholeLives, tasksIn } from './whole-lives.ts';

const typesOf = (events: readonly TraceEvent[], taskId: string): string[] => events.filter((event) => event.taskId === taskId).map(({ type }) => type);

describe('trace events', () => {
  test('of a call and of all that it spawns on every thread reach the sink before close() ends, each task whole', async () => {
    for (let round = 0; round < 10; round++) {
      const trace = new TraceRecorder();
      const pool = new ThreadPool({ threads: 2, trace });
      await warmUp(pool);
      const handle = pool.submit(fib(12));
      await handle.result;
      await pool.close();
      expectWholeLives(trace.events);
      const spawned = trace.events.filter(({ name }) => name === 'fib');
      // A call of fib(12) awaits one half of its calls directly and spawns the other.
      expect(tasksIn(spawned).size).toBe(233);
      expect(typesOf(trace.events, handle.id).slice(0, 2)).toEqual(['queued', 'started']);
      expect(new Set(trace.events.map(({ thread }) => thread))).toEqual(new Set([0, 1, 2]));
    }
  });

  test('of a call that moves tell where it was spawned, that it was stolen, and where it ran', async () => {
    const trace = new TraceRecorder();
    const pool = new ThreadPool({ threads: 2, trace });
    await warmUp(pool);
    const handle = pool.submit(meet(new Flag().memory, new Flag().memory));
    await handle.result;
    await pool.close();
    const moved = trace.events.find(({ type }) => type === 'stolen');
    const life = trace.events.filter(({ taskId }) => taskId === moved?.taskId).toSorted((a, b) => a.timeMs - b.timeMs);
    expect(life.map(({ type }) => type)).toEqual(['queued', 'stolen', 'started', 'completed']);
    const [home, ...elsewhere] = life.map(({ thread }) => thread);
    expect(new Set(elsewhere).size).toBe(1);
    expect(elsewhere[0]).not.toBe(home);
    expect(life[0]?.parentId).toBe(handle.id);
    expectWholeLives(trace.events);
  });

  test('tell the end of a call however it ends', async () => {
    const trace = new TraceRecorder();
    const pool = new ThreadPool({ threads: 1, trace });
    const completed = pool.submit(add(1, 2));
    const failed = pool.submit(throwPlain('a string'));
    const unfound = pool.submit(early());
    const uncopiable = pool.submit(echo(() => 1));
    const lost = pool.submit(crash('process.exit'));
    for (const { result } of [failed, unfound, uncopiable, lost]) await failureOf(result);
    const [started, go] = [new Flag(), new Flag()];
    const running = pool.submit(occupy(started.memory, go.memory));
    await started.raised();
    const cancelled = pool.submit(raiseFlag(new Flag().memory));
    cancelled.cancel();
    go.raise();
    await pool.close();
    expect(typesOf(trace.events, completed.id)).toEqual(['queued', 'started', 'completed']);
    expect(typesOf(trace.events, failed.id)).toEqual(['queued', 'started', 'failed']);
    expect(typesOf(trace.events, unfound.id)).toEqual(['queued', 'failed']);
    expect(typesOf(trace.events, uncopiable.id)).toEqual(['queued', 'failed']);
    expect(typesOf(trace.events, lost.id).at(-1)).toBe('failed');
    expect(typesOf(trace.events, running.id)).toEqual(['queued', 'started', 'completed']);
    expect(typesOf(trace.events, cancelled.id)).toEqual(['queued', 'cancelled']);
    expectWholeLives(trace.events);
  });

  test('carry the id of the handle, which the task sees too', async () => {
    const trace = new TraceRecorder();
    await using pool = new ThreadPool({ threads: 1, trace });
    const handle = pool.submit(contextOf());
    expect(await handle.result).toMatchObject({ id: handle.id });
  });
});

describe('the rendered trace of a pool', () => {
  test('is sound, and leads from thread to thread: to where a stolen call started, and back to where its end was awaited', async () => {
    const trace = new TraceRecorder();
    const pool = new ThreadPool({ threads: 2, trace });
    await warmUp(pool);
    await pool.run(meet(new Flag().memory, new Flag().memory));
    await pool.run(fib(12));
    await pool.close();
    const { problems, arrows, threadNames, counters } = readChromeTrace(renderPerfetto(trace.events));
    expect(problems).toEqual([]);
    expect(threadNames).toEqual(new Map([[1, 'thread 1'], [2, 'thread 2']]));
    expect(counters.get('ready tasks')?.at(-1)).toBe(0);
    const stolen = trace.events.filter(({ type }) => type === 'stolen').map(({ taskId }) => taskId);
    const steals = arrows.filter(({ kind }) => kind === 'steal');
    expect(steals.map(({ to }) => String(to.args['task'])).toSorted()).toEqual(stolen.toSorted());
    for (const { from, to } of steals) expect(from.thread).not.toBe(to.thread);
    // Each of the two calls that meet waits for the other, so one of them was stolen; and the last to end lets `meet` go on.
    expect(arrows.filter(({ kind, to }) => kind === 'join' && to.name === 'meet')).toMatchObject([{ from: { name: 'blockUntil' } }]);
  });

  test('as a table names the thread of each step, and ends with nobody in the queue', async () => {
    const trace = new TraceRecorder();
    const pool = new ThreadPool({ threads: 2, trace });
    await warmUp(pool);
    await pool.close();
    const lines = renderTable(trace.events).split('\n');
    expect(lines.slice(0, 2).map((line) => line.replaceAll(/\s*\|.*\| Queue:.*/g, '')).toSorted()).toEqual(['Thread 1', 'Thread 2']);
    expect(lines[1]).toMatch(/block#\d ready --> complete! +\| Queue: \[\]$/);
    expect(lines.at(-1)).toBe('DONE!');
  });
});
