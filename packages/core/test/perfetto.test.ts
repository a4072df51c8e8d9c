import { describe, expect, it } from 'vitest';
import { renderPerfetto, type TraceEvent } from '@heddle/core';

interface Rendered {
  readonly displayTimeUnit: string;
  readonly traceEvents: readonly Record<string, unknown>[];
}

const render = (...parameters: Parameters<typeof renderPerfetto>): Rendered => JSON.parse(renderPerfetto(...parameters)) as Rendered;

/** An event of task `name` at a time, on a thread. */
const at = (timeMs: number, type: TraceEvent['type'], name: string, thread: number, more?: Partial<TraceEvent>): TraceEvent => ({
  type,
  timeMs,
  taskId: `task-${name}`,
  name,
  thread,
  ...more,
});

/** What a pool of two threads tells when a parent spawns a child, another thread takes it, and the parent joins it. */
const stolen: readonly TraceEvent[] = [
  at(100, 'queued', 'parent', 0),
  at(101, 'started', 'parent', 1),
  at(102, 'queued', 'child', 1, { parentId: 'task-parent', causeId: 'task-parent' }),
  at(103, 'stolen', 'child', 2),
  at(104, 'started', 'child', 2),
  at(105, 'awaiting', 'parent', 1, { detail: 'task child', waitsFor: ['task-child'] }),
  at(107, 'completed', 'child', 2),
  at(108, 'ready', 'parent', 1),
  at(109, 'resumed', 'parent', 1),
  at(110, 'failed', 'parent', 1, { detail: 'Error: no' }),
];

describe('renderPerfetto', () => {
  it('makes a track of each thread, a slice of each step, an arrow of each cause, and a counter of ready tasks', () => {
    const { displayTimeUnit, traceEvents } = render(stolen);
    expect(displayTimeUnit).toBe('ms');
    const step = { ph: 'X', pid: 1, cat: 'step' };
    const arrow = { pid: 1, cat: 'task' };
    const counter = { ph: 'C', pid: 1, name: 'ready tasks' };
    expect(traceEvents).toEqual([
      { ph: 'M', pid: 1, name: 'process_name', args: { name: 'heddle' } },
      { ph: 'M', pid: 1, tid: 1, name: 'thread_name', args: { name: 'thread 1' } },
      { ph: 'M', pid: 1, tid: 2, name: 'thread_name', args: { name: 'thread 2' } },
      { ...counter, ts: 0, args: { tasks: 1 } },
      { ...step, tid: 1, ts: 1_000, dur: 4_000, name: 'parent', args: { task: 'task-parent', ended: 'awaiting', detail: 'task child' } },
      { ...counter, ts: 1_000, args: { tasks: 0 } },
      { ...arrow, ph: 's', name: 'steal', id: 1, tid: 1, ts: 2_000 },
      { ...counter, ts: 2_000, args: { tasks: 1 } },
      { ...step, tid: 2, ts: 4_000, dur: 3_000, name: 'child', args: { task: 'task-child', ended: 'completed' } },
      { ...arrow, ph: 'f', bp: 'e', name: 'steal', id: 1, tid: 2, ts: 4_000 },
      { ...counter, ts: 4_000, args: { tasks: 0 } },
      { ...arrow, ph: 's', name: 'join', id: 2, tid: 2, ts: 7_000 },
      { ...counter, ts: 8_000, args: { tasks: 1 } },
      { ...step, tid: 1, ts: 9_000, dur: 1_000, name: 'parent', args: { task: 'task-parent', ended: 'failed', detail: 'Error: no' } },
      { ...arrow, ph: 'f', bp: 'e', name: 'join', id: 2, tid: 1, ts: 9_000 },
      { ...counter, ts: 9_000, args: { tasks: 0 } },
    ]);
  });

  it('names the process and the threads as it is told', () => {
    const { traceEvents } = render(stolen, { processName: 'demo', threadName: (thread) => `worker ${thread}` });
    expect(traceEvents.slice(0, 3).map(({ args }) => (args as { name: string }).name)).toEqual(['demo', 'worker 1', 'worker 2']);
  });

  it('puts the events of several recorders in order of time', () => {
    const shuffled = [...stolen.filter(({ thread }) => thread === 2), ...stolen.filter(({ thread }) => thread !== 2)];
    expect(render(shuffled)).toEqual(render(stolen));
  });

  it('draws no arrow from a task that has ended before its first step, nor to one that was cancelled while it waited', () => {
    const life = [
      at(1, 'started', 'parent', 0),
      at(2, 'queued', 'unlucky', 0, { causeId: 'task-parent' }),
      at(3, 'awaiting', 'parent', 0, { waitsFor: ['task-unlucky'] }),
    ];
    const before = render([...life, at(4, 'cancelled', 'unlucky', 0), at(4, 'ready', 'parent', 0), at(5, 'resumed', 'parent', 0), at(6, 'completed', 'parent', 0)]);
    const meanwhile = render([...life, at(4, 'ready', 'parent', 0), at(5, 'resumed', 'parent', 0), at(6, 'cancelled', 'parent', 0)]);
    for (const { traceEvents } of [before, meanwhile]) {
      expect(traceEvents.filter(({ ph }) => ph === 'X')).toHaveLength(2);
      expect(traceEvents.filter(({ ph }) => ph === 's' || ph === 'f')).toEqual([]);
    }
  });

  it('draws an arrow from the step that let a parked task go on, also from one that ended with that', () => {
    const { traceEvents } = render([
      at(1, 'started', 'waiter', 0),
      at(2, 'awaiting', 'waiter', 0, { detail: 'lock() of mutex loom' }),
      at(3, 'started', 'holder', 0),
      at(4, 'completed', 'holder', 0),
      at(4.5, 'ready', 'waiter', 0, { causeId: 'task-holder' }),
      at(5, 'resumed', 'waiter', 0),
      at(6, 'completed', 'waiter', 0),
    ]);
    expect(traceEvents.filter(({ cat }) => cat === 'task')).toMatchObject([
      { ph: 's', name: 'wake', ts: 3_000 },
      { ph: 'f', name: 'wake', ts: 4_000 },
    ]);
  });

  it('lets a step that the trace does not end last until the trace ends', () => {
    const { traceEvents } = render([at(1, 'started', 'endless', 0), at(9, 'queued', 'other', 0)]);
    expect(traceEvents.find(({ ph }) => ph === 'X')).toMatchObject({ name: 'endless', ts: 0, dur: 8_000, args: { task: 'task-endless' } });
  });

  it('draws steps at least as long as it is told, where a clock stands still during them', () => {
    const { traceEvents } = render([at(3, 'started', 'tick', 1), at(3, 'completed', 'tick', 1)], { stepMs: 0.5 });
    expect(traceEvents.find(({ ph }) => ph === 'X')).toMatchObject({ ts: 0, dur: 500 });
  });

  it('renders a task that never started, and no events at all', () => {
    const { traceEvents } = render([at(1, 'queued', 'unlucky', 0), at(2, 'cancelled', 'unlucky', 0)]);
    expect(traceEvents.map(({ ph }) => ph)).toEqual(['M', 'C', 'C']);
    expect(render([]).traceEvents.map(({ ph }) => ph)).toEqual(['M']);
  });
});
