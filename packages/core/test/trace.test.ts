import { describe, expect, it } from 'vitest';
import { all, InlineExecutor, Mutex, sleep, spawn, task, TraceRecorder, yieldNow, type TraceEvent } from '@heddle/core';
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

  it('tells which task’s end is awaited, and whose step has brought an event about', async () => {
    const events = await record();
    const [parent, offspring] = [events[0]?.taskId, events[2]?.taskId];
    const telling = events.filter(({ waitsFor, causeId }) => waitsFor !== undefined || causeId !== undefined);
    expect(telling.map(({ name, type, waitsFor, causeId }) => [name, type, waitsFor, causeId])).toEqual([
      ['child', 'queued', undefined, parent],
      ['renamed', 'awaiting', [offspring], undefined],
      ['renamed', 'ready', undefined, offspring],
    ]);
  });

  it('names all children of which the end is awaited, and no task where a wait is for something else', async () => {
    const trace = new TraceRecorder();
    const clock = new FakeClock();
    const mutex = new Mutex({ name: 'loom' });
    const hold = task(function* hold(ms: number) {
      yield* mutex.with(() => sleep(ms));
    });
    const both = task(function* both() {
      yield* all([hold(5).with({ name: 'first' }), hold(5).with({ name: 'second' })]);
    });
    const executor = new InlineExecutor({ trace, clock });
    const handle = executor.submit(both());
    await clock.advance(20);
    await handle.result;
    const idOf = (name: string): string | undefined => trace.events.find((event) => event.name === name)?.taskId;
    const waits = trace.events.filter(({ type }) => type === 'awaiting').map(({ name, detail, waitsFor }) => [name, detail, waitsFor]);
    expect(waits).toEqual([
      ['both', 'the end of its children', [idOf('first'), idOf('second')]],
      ['first', 'sleep(5 ms)', undefined],
      ['second', 'lock() of mutex loom', undefined],
      ['second', 'sleep(5 ms)', undefined],
    ]);
    expect(trace.events.find(({ name, type }) => name === 'second' && type === 'ready')).toMatchObject({ causeId: idOf('first') });
  });

  it('tells causes before what they bring about', async () => {
    const trace = new TraceRecorder();
    const fail = task(function fail() {
      throw new RangeError('too far');
    });
    const parent = task(function* parent() {
      yield* all([fail(), child(1).with({ name: 'unstarted' })]);
    });
    await new InlineExecutor({ trace }).run(parent()).catch(() => {});
    const told = trace.events.map(({ name, type }) => `${name} ${type}`);
    expect(told.slice(told.indexOf('fail started'))).toEqual([
      'fail started',
      'fail failed',
      'unstarted cancelled',
      'parent ready',
      'parent resumed',
      'parent failed',
    ]);
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
