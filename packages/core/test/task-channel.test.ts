import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { InlineExecutor, sleep, task, TASK_CHANNEL, TraceRecorder, type TraceEvent } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';
import { inChildProcess } from './in-child-process.ts';

const nap = task(function* nap() {
  yield* sleep(10);
  return 'slept';
});

const NAP = ['queued', 'started', 'awaiting', 'ready', 'resumed', 'completed'];

let ears: ((message: unknown) => void)[] = [];

/** Subscribes for the rest of the test. */
function listen(): { readonly events: TraceEvent[]; stop(): void } {
  const events: TraceEvent[] = [];
  const ear = (message: unknown): void => {
    events.push(message as TraceEvent);
  };
  ears.push(ear);
  subscribe(TASK_CHANNEL, ear);
  return { events, stop: () => void unsubscribe(TASK_CHANNEL, ear) };
}

afterEach(() => {
  for (const ear of ears) unsubscribe(TASK_CHANNEL, ear);
  ears = [];
});

const typesOf = (events: readonly TraceEvent[]): string[] => events.map(({ type }) => type);

describe('the task channel', () => {
  it('is told of the calls of an executor that is made after the subscription', async () => {
    const { events } = listen();
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, thread: 7 });
    const handle = executor.submit(nap());
    await clock.advance(10);
    await handle.result;
    expect(typesOf(events)).toEqual(NAP);
    expect(events[0]).toEqual({ type: 'queued', timeMs: 0, taskId: handle.id, name: 'nap', thread: 7 });
  });

  it('is told of the next call of an executor that was made before the subscription', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const unheard = executor.run(nap());
    await clock.advance(10);
    await unheard;
    const { events } = listen();
    const heard = executor.run(nap());
    await clock.advance(10);
    await heard;
    expect(typesOf(events)).toEqual(NAP);
  });

  it('is told what a call does that was under way when somebody subscribed, from the next turn on', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const result = executor.run(nap());
    await clock.advance(5);
    const { events } = listen();
    await clock.advance(5);
    await result;
    expect(typesOf(events)).toEqual(['resumed', 'completed']);
  });

  it('is told nothing more once nobody subscribes, and the executor has nobody to tell then', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const first = listen();
    const second = listen();
    const result = executor.run(nap());
    await clock.advance(5);
    first.stop();
    expect(executor.trace).not.toBeNull();
    await clock.advance(5);
    await result;
    second.stop();
    const unheard = executor.run(nap());
    expect(executor.trace).toBeNull();
    await clock.advance(10);
    await unheard;
    expect(typesOf(first.events)).toEqual(NAP.slice(0, 3));
    expect(typesOf(second.events)).toEqual(NAP);
  });

  it('is told the very events that the executor’s own sink is told', async () => {
    const trace = new TraceRecorder();
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, trace });
    const before = executor.run(nap());
    await clock.advance(10);
    await before;
    const { events } = listen();
    const after = executor.run(nap());
    await clock.advance(10);
    await after;
    expect(trace.events).toHaveLength(2 * NAP.length);
    expect(events).toHaveLength(NAP.length);
    events.forEach((event, index) => expect(event).toBe(trace.events[NAP.length + index]));
  });

  it('has no subscriber of Heddle’s own, and an executor to which nobody listens tells nobody', () => {
    expect(channel(TASK_CHANNEL).hasSubscribers).toBe(false);
    expect(new InlineExecutor().trace).toBeNull();
  });
});

/** Runs `program` with everything of the package, and gives what it has printed as JSON. */
async function outcomeOf(program: string): Promise<unknown> {
  const { stdout, stderr } = await inChildProcess(`
    import { subscribe } from 'node:diagnostics_channel';
    import { InlineExecutor, spawn, task, TASK_CHANNEL, TraceRecorder, yieldNow } from '@heddle/core';
    import { operation, Waiting } from '@heddle/core/engine';
    const uncaught = [];
    process.on('uncaughtException', (error) => uncaught.push(error.message));
    const child = task(function* child() { yield* yieldNow(); return 20; });
    const parent = task(function* parent() { const handle = yield* spawn(child()); return (yield* handle) + 1; });
    const print = (value) => setImmediate(() => console.log(JSON.stringify({ ...value, uncaught: uncaught.length, messages: [...new Set(uncaught)] })));
    ${program}`);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('whoever listens and throws', () => {
  it('has its errors as uncaught exceptions, one each; the tasks and the subscribers do not notice', async () => {
    const outcome = await outcomeOf(`
      let heard = 0;
      subscribe(TASK_CHANNEL, () => heard++);
      let told = 0;
      const trace = { event() { told++; throw new Error('a broken sink'); } };
      const executor = new InlineExecutor({ trace });
      const value = await executor.run(parent());
      await executor.close();
      print({ value, told, heard, stats: executor.stats() });`);
    const stats = { queued: 0, running: 0, awaiting: 0, completed: 2, failed: 0, cancelled: 0 };
    expect(outcome).toEqual({ value: 21, told: 11, heard: 11, stats, uncaught: 11, messages: ['a broken sink'] });
  });

  it('is no different as a subscriber: the sink is told all the same', async () => {
    const outcome = await outcomeOf(`
      subscribe(TASK_CHANNEL, () => { throw new Error('a broken subscriber'); });
      const trace = new TraceRecorder();
      const value = await new InlineExecutor({ trace }).run(parent());
      print({ value, told: trace.events.length });`);
    expect(outcome).toEqual({ value: 21, told: 11, uncaught: 11, messages: ['a broken subscriber'] });
  });

  it('gets the event of a wait that cannot say what it is for without that, and the task goes on', async () => {
    const outcome = await outcomeOf(`
      class Nameless extends Waiting {
        describe() { throw new Error('no name'); }
        arm() { this.succeed('granted'); }
        disarm() {}
      }
      const nameless = operation(() => new Nameless());
      const trace = new TraceRecorder();
      const value = await new InlineExecutor({ trace }).run(task(function* () { return yield* nameless; })());
      print({ value, types: trace.events.map((event) => event.type) });`);
    expect(outcome).toEqual({ value: 'granted', types: ['queued', 'started', 'awaiting', 'ready', 'resumed', 'completed'], uncaught: 1, messages: ['no name'] });
  });
});

describe('the option `trace`', () => {
  it('refuses what is no sink', () => {
    // @ts-expect-error -- not a sink
    expect(() => new InlineExecutor({ trace: {} })).toThrow('Expected `trace` to be a sink with a function `event`, got an object');
    // @ts-expect-error -- not a sink
    expect(() => new InlineExecutor({ trace: null })).toThrow('Expected `trace` to be a sink with a function `event`, got null');
  });
});
