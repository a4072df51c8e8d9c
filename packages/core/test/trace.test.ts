import { describe, expect, it } from 'vitest';
import { InlineExecutor, renderPerfetto, sleep, spawn, task, TraceRecorder, yieldNow, type TraceEvent } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';

const child = task(import.meta, 'child', function* (ms: number) {
  yield* sleep(ms);
  return ms;
});

const main = task(import.meta, 'main', function* () {
  const handle = yield* spawn(child(10));
  yield* yieldNow();
  return yield* handle;
});

async function record(): Promise<readonly TraceEvent[]> {
  const trace = new TraceRecorder();
  const clock = new FakeClock();
  await clock.advance(1_000);
  const executor = new InlineExecutor({ trace, clock, thread: 3 });
  const result = executor.run(main(), { name: 'renamed' });
  await clock.advance(10);
  await result;
  return trace.events;
}

describe('a trace', () => {
  it('tells every turn in the life of a task', async () => {
    const events = await record();
    expect(events.map(({ name, type, detail }) => [name, type, detail])).toEqual([
      ['renamed', 'queued', undefined],
      ['renamed', 'started', undefined],
      ['child', 'queued', undefined],
      ['renamed', 'yielded', undefined],
      ['child', 'started', undefined],
      ['child', 'awaiting', 'sleep(10 ms)'],
      ['renamed', 'resumed', undefined],
      ['renamed', 'awaiting', 'task child'],
      ['child', 'ready', undefined],
      ['child', 'resumed', undefined],
      ['child', 'completed', undefined],
      ['renamed', 'ready', undefined],
      ['renamed', 'resumed', undefined],
      ['renamed', 'completed', undefined],
    ]);
  });

  it('carries times of the executor’s clock, its thread, and who spawned whom', async () => {
    const events = await record();
    expect(events[0]).toMatchObject({ timeMs: 1_000, thread: 3, parentId: undefined });
    expect(events.at(-1)).toMatchObject({ timeMs: 1_010, thread: 3 });
    expect(events[2]).toMatchObject({ parentId: events[0]?.taskId });
  });

  it('tells how a task ended', async () => {
    const trace = new TraceRecorder();
    const executor = new InlineExecutor({ trace });
    const fail = task(function fail() {
      throw new RangeError('too far');
    });
    await executor.run(fail()).catch(() => {});
    const handle = executor.submit(main());
    handle.cancel('not needed');
    await handle.result.catch(() => {});
    const ends = trace.events.filter(({ type }) => type === 'failed' || type === 'cancelled');
    expect(ends.map(({ name, type, detail }) => [name, type, detail])).toEqual([
      ['fail', 'failed', 'RangeError: too far'],
      ['main', 'cancelled', 'AbortError: The task was cancelled: not needed'],
    ]);
  });
});

interface Rendered {
  readonly displayTimeUnit: string;
  readonly traceEvents: readonly Record<string, unknown>[];
}

describe('renderPerfetto', () => {
  it('makes a slice of each stretch in which a task ran, and an arrow from its queueing to its start', async () => {
    const events = await record();
    const { displayTimeUnit, traceEvents } = JSON.parse(renderPerfetto(events)) as Rendered;
    expect(displayTimeUnit).toBe('ms');
    expect(traceEvents.slice(0, 2)).toEqual([
      { ph: 'M', pid: 1, name: 'process_name', args: { name: 'heddle' } },
      { ph: 'M', pid: 1, tid: 3, name: 'thread_name', args: { name: 'thread 3' } },
    ]);
    const slices = traceEvents.filter(({ ph }) => ph === 'X');
    expect(slices.map(({ name, ts, tid, args }) => [name, ts, tid, (args as { ended: string }).ended])).toEqual([
      ['renamed', 0, 3, 'yielded'],
      ['child', 0, 3, 'awaiting'],
      ['renamed', 0, 3, 'awaiting'],
      ['child', 10_000, 3, 'completed'],
      ['renamed', 10_000, 3, 'completed'],
    ]);
    const arrows = traceEvents.filter(({ ph }) => ph === 's' || ph === 'f');
    expect(arrows.map(({ ph, id }) => [ph, id])).toEqual([
      ['s', events[0]?.taskId],
      ['f', events[0]?.taskId],
      ['s', events[2]?.taskId],
      ['f', events[2]?.taskId],
    ]);
  });

  it('names the process and the threads as it is told', async () => {
    const rendered = renderPerfetto(await record(), { processName: 'demo', threadName: (thread) => `worker ${thread}` });
    const { traceEvents } = JSON.parse(rendered) as Rendered;
    expect(traceEvents[0]).toMatchObject({ args: { name: 'demo' } });
    expect(traceEvents[1]).toMatchObject({ args: { name: 'worker 3' } });
  });

  it('puts the events of several recorders in order of time', () => {
    const at = (timeMs: number, type: TraceEvent['type'], thread: number): TraceEvent => ({ type, timeMs, taskId: `task-${thread}`, name: `t${thread}`, thread });
    const rendered = renderPerfetto([at(5, 'started', 1), at(7, 'completed', 1), at(1, 'started', 0), at(2, 'failed', 0)]);
    const slices = (JSON.parse(rendered) as Rendered).traceEvents.filter(({ ph }) => ph === 'X');
    expect(slices).toMatchObject([
      { name: 't0', ts: 0, dur: 1_000, tid: 0 },
      { name: 't1', ts: 4_000, dur: 2_000, tid: 1 },
    ]);
  });

  it('renders a task that never started, and no events at all', () => {
    const events: TraceEvent[] = [
      { type: 'queued', timeMs: 1, taskId: 'task-1', name: 'unlucky', thread: 0 },
      { type: 'cancelled', timeMs: 2, taskId: 'task-1', name: 'unlucky', thread: 0 },
    ];
    expect((JSON.parse(renderPerfetto(events)) as Rendered).traceEvents).toHaveLength(2);
    expect((JSON.parse(renderPerfetto([])) as Rendered).traceEvents).toHaveLength(1);
  });
});
