import { all, current, ExecutorClosedError, isCancelled, sleep, spawn, task, TraceRecorder, until, yieldNow, type Coroutine } from '@heddle/core';
import { fair, fifo, lifo, Multiplexer, priority, type MultiplexerOptions, type PolicyContext, type PolicyFactory, type QueuedTask } from '@heddle/multiplexer';
import { describe, expect, test } from 'vitest';
import { byTurns } from '../examples/by-turns.ts';
import { eventLoopTurn, ManualClock } from './manual-clock.ts';

const note = task((log: string[], text: string) => void log.push(text));

const noteTwice = task(function* (log: string[], text: string) {
  log.push(`${text}1`);
  yield* yieldNow();
  log.push(`${text}2`);
});

const forever = task(function* () {
  for (;;) yield* yieldNow();
});

const never = task(function* () {
  yield* until(() => new Promise<void>(() => {}));
});

const depth = task(function* (levels: number): Coroutine<number> {
  return levels === 0 ? 0 : 1 + (yield* depth(levels - 1));
});

/** Runs one call for each name, submitted in order, and gives the order in which their steps came. */
async function order(options: MultiplexerOptions, calls: readonly { name: string; priority?: number; key?: string }[]): Promise<string> {
  const multiplexer = new Multiplexer(options);
  const log: string[] = [];
  await Promise.all(calls.map(({ name, ...callOptions }) => multiplexer.run(noteTwice(log, name), callOptions)));
  await multiplexer.close();
  return log.join(' ');
}

describe('the run loop', () => {
  test('starts nothing inside submit', async () => {
    await using multiplexer = new Multiplexer();
    const log: string[] = [];
    const handle = multiplexer.submit(note(log, 'task'));
    log.push('submitted');
    expect(handle.state).toBe('ready');
    await handle.result;
    expect(log).toEqual(['submitted', 'task']);
  });

  test('starts the first task in a microtask, before timers and I/O', async () => {
    await using multiplexer = new Multiplexer();
    const log: string[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(() => resolve(void log.push('event loop'))));
    await multiplexer.run(note(log, 'task'));
    await turn;
    expect(log).toEqual(['task', 'event loop']);
  });

  test('runs a coroutine, a plain and an async function alike', async () => {
    await using multiplexer = new Multiplexer();
    const plain = task((a: number, b: number) => a + b);
    const asynchronous = task(async (a: number, b: number) => (await Promise.resolve(a)) + b);
    const coroutine = task(function* () {
      return yield* all([plain(1, 2), asynchronous(3, 4), Promise.resolve(5)]);
    });
    expect(await multiplexer.run(coroutine())).toEqual([3, 7, 5]);
  });

  test('completes a chain of a million awaits', async () => {
    await using multiplexer = new Multiplexer();
    expect(await multiplexer.run(depth(1_000_000))).toBe(1_000_000);
  });

  test('completes a chain of ten thousand awaits through the queue', async () => {
    await using multiplexer = new Multiplexer({ awaits: 'queue' });
    expect(await multiplexer.run(depth(10_000))).toBe(10_000);
  });

  test('goes on with the others when a task fails', async () => {
    await using multiplexer = new Multiplexer();
    const fail = task(function* () {
      yield* yieldNow();
      throw new RangeError('broken');
    });
    const results = await Promise.allSettled([multiplexer.run(depth(3)), multiplexer.run(fail()), multiplexer.run(depth(5))]);
    expect(results).toEqual([{ status: 'fulfilled', value: 3 }, { status: 'rejected', reason: new RangeError('broken') }, { status: 'fulfilled', value: 5 }]);
  });

  test('two multiplexers run side by side, and a task of one can await promises of the other', async () => {
    await using inner = new Multiplexer();
    await using outer = new Multiplexer();
    const ask = task(function* () {
      return yield* until(() => inner.run(depth(10)));
    });
    expect(await outer.run(ask())).toBe(10);
  });

  test('has the article\'s order when awaits go through the queue', async () => {
    const trace = new TraceRecorder();
    await using multiplexer = new Multiplexer({ awaits: 'queue', trace });
    const C = task(import.meta, 'C', function* () {
      return 1;
    });
    const B = task(import.meta, 'B', function* () {
      return 1 + (yield* C());
    });
    const A = task(import.meta, 'A', function* () {
      return 1 + (yield* B());
    });
    const main = task(import.meta, 'main', function* () {
      return yield* A();
    });
    expect(await multiplexer.run(main())).toBe(3);
    const told = trace.events.filter(({ type }) => type !== 'queued' && type !== 'ready' && type !== 'resumed');
    expect(told.map(({ name, type, detail }) => [name, type, detail].join(' ').trim())).toEqual([
      'main started',
      'main awaiting task A',
      'A started',
      'A awaiting task B',
      'B started',
      'B awaiting task C',
      'C started',
      'C completed',
      'B completed',
      'A completed',
      'main completed',
    ]);
  });
});

describe('order', () => {
  const calls = [
    { name: 'a', priority: 1 },
    { name: 'b', priority: 3 },
    { name: 'c', priority: 3 },
    { name: 'd' },
  ];

  test('fifo by default: whoever yields goes to the back', async () => {
    expect(await order({}, calls)).toBe('a1 b1 c1 d1 a2 b2 c2 d2');
  });

  test('lifo: the newest first, and it stays the newest when it yields', async () => {
    expect(await order({ policy: lifo() }, calls)).toBe('d1 d2 c1 c2 b1 b2 a1 a2');
  });

  test('priority: the most urgent first, first in first out among equals', async () => {
    expect(await order({ policy: priority() }, calls)).toBe('b1 c1 b2 c2 a1 a2 d1 d2');
  });

  test('priority with ageing: who has waited long enough overtakes', async () => {
    const clock = new ManualClock();
    await using multiplexer = new Multiplexer({ policy: priority({ agingMs: 10 }), clock });
    const log: string[] = [];
    const low = multiplexer.run(note(log, 'low'));
    clock.advance(25);
    const high = multiplexer.run(note(log, 'high'), { priority: 3 });
    const middle = multiplexer.run(note(log, 'middle'), { priority: 2 });
    await Promise.all([low, high, middle]);
    expect(log).toEqual(['high', 'low', 'middle']);
  });

  test('a policy of the user\'s own', async () => {
    const keyed = ['a', 'a', 'b'].map((key, index) => ({ name: `${key}${index}.`, key }));
    expect(await order({ policy: byTurns }, keyed)).toBe('a0.1 b2.1 a1.1 b2.2 a0.2 a1.2');
  });

  test('a call\'s own options and those of its task reach the policy', async () => {
    const names: string[] = [];
    const spying: PolicyFactory = <T extends QueuedTask>({ clock: own }: PolicyContext) => {
      expect(own).toBe(clock);
      const queue = fifo()<T>({ clock });
      const push = queue.push.bind(queue);
      queue.push = (item) => {
        names.push(`${item.name} ${item.priority} ${item.deadline} ${item.key}`);
        push(item);
      };
      return queue;
    };
    const clock = new ManualClock();
    await using multiplexer = new Multiplexer({ policy: spying, clock });
    const urgent = task(import.meta, 'urgent', () => 1, { priority: 7, key: 'k' });
    await Promise.all([multiplexer.run(urgent()), multiplexer.run(urgent().with({ priority: 8 })), multiplexer.run(urgent(), { name: 'n', deadline: 50 })]);
    expect(names).toEqual(['urgent 7 undefined k', 'urgent 8 undefined k', 'n 7 50 k']);
  });
});

describe('cancelling', () => {
  test('a queued task never starts it, and takes it out of the queue', async () => {
    await using multiplexer = new Multiplexer();
    const log: string[] = [];
    const [first, second, third] = ['first', 'second', 'third'].map((name) => multiplexer.submit(note(log, name)));
    second?.cancel('not needed');
    expect(second?.state).toBe('complete');
    await expect(second?.result).rejects.toSatisfy(isCancelled);
    await Promise.all([first?.result, third?.result]);
    expect(log).toEqual(['first', 'third']);
    expect(multiplexer.stats()).toEqual({ queued: 0, running: 0, awaiting: 0, completed: 2, failed: 0, cancelled: 1 });
  });

  test('a parked task runs its finally blocks, which may suspend, and frees its timer', async () => {
    const clock = new ManualClock();
    await using multiplexer = new Multiplexer({ clock });
    const log: string[] = [];
    const sleeper = task(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* yieldNow();
        log.push('cleaned up');
      }
    });
    const handle = multiplexer.submit(sleeper());
    await eventLoopTurn();
    expect(handle.state).toBe('awaiting');
    handle.cancel();
    await expect(handle.result).rejects.toSatisfy(isCancelled);
    expect(log).toEqual(['cleaned up']);
    expect(clock.timers).toBe(0);
  });

  test('a running task sees its signal at once and is interrupted at its next suspension', async () => {
    await using multiplexer = new Multiplexer();
    const log: string[] = [];
    const suicidal = task(function* () {
      handle.cancel('enough');
      log.push(`aborted ${current().signal.aborted}`);
      yield* yieldNow();
      log.push('never');
    });
    const handle = multiplexer.submit(suicidal());
    await expect(handle.result).rejects.toSatisfy(isCancelled);
    expect(log).toEqual(['aborted true']);
  });

  test('a task that waits for its next turn, by a signal, leaves its neighbours alone', async () => {
    await using multiplexer = new Multiplexer({ budget: { steps: 10 } });
    const controller = new AbortController();
    const endless = multiplexer.run(forever(), { signal: controller.signal });
    const neighbour = multiplexer.run(depth(100));
    await eventLoopTurn();
    controller.abort();
    await expect(endless).rejects.toSatisfy(isCancelled);
    expect(await neighbour).toBe(100);
  });
});

describe('closing', () => {
  test('finishes what is queued, parked and running, and then refuses calls', async () => {
    const clock = new ManualClock();
    const multiplexer = new Multiplexer({ clock });
    const log: string[] = [];
    const napper = task(function* () {
      yield* sleep(10);
      log.push('parked');
    });
    const closer = task(function* () {
      closed = multiplexer.close();
      yield* yieldNow();
      log.push('running');
    });
    let closed: Promise<void> | undefined;
    const handles = [multiplexer.submit(napper()), multiplexer.submit(closer()), multiplexer.submit(note(log, 'queued'))];
    await eventLoopTurn();
    expect(() => multiplexer.submit(napper())).toThrow(ExecutorClosedError);
    await expect(multiplexer.run(napper())).rejects.toBeInstanceOf(ExecutorClosedError);
    expect(multiplexer.close()).toBe(closed);
    clock.advance(10);
    await closed;
    expect(log).toEqual(['queued', 'running', 'parked']);
    expect(handles.map(({ outcome }) => outcome?.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(clock.timers).toBe(0);
  });

  test('cancels at the deadline what is queued, parked and endlessly ready', async () => {
    const clock = new ManualClock();
    const multiplexer = new Multiplexer({ clock, budget: { steps: 4 } });
    const handles = [multiplexer.submit(never()), multiplexer.submit(forever())];
    await eventLoopTurn();
    handles.push(multiplexer.submit(never()));
    const closed = multiplexer.close({ deadlineMs: 100 });
    clock.advance(100);
    await closed;
    for (const { result } of handles) await expect(result).rejects.toSatisfy(isCancelled);
    expect(multiplexer.stats().cancelled).toBe(3);
    expect(clock.timers).toBe(0);
  });

  test('waits for spawned children too', async () => {
    const log: string[] = [];
    const parent = task(function* () {
      yield* spawn(noteTwice(log, 'child'));
    });
    {
      await using multiplexer = new Multiplexer();
      multiplexer.submit(parent());
    }
    expect(log).toEqual(['child1', 'child2']);
  });

  test('ends at once when there is nothing to finish', async () => {
    const multiplexer = new Multiplexer();
    await multiplexer.close();
    await multiplexer.close({ deadlineMs: 0 });
  });
});

describe('looking', () => {
  test('stats and snapshot tell queued, running and parked tasks apart', async () => {
    const clock = new ManualClock();
    await using multiplexer = new Multiplexer({ clock });
    const napper = task(import.meta, 'napper', function* () {
      yield* sleep(10);
    });
    const looker = task(import.meta, 'looker', () => ({ stats: multiplexer.stats(), graph: multiplexer.snapshot() }));
    const parked = multiplexer.run(napper());
    const looked = multiplexer.run(looker());
    const queued = multiplexer.run(napper(), { name: 'late' });
    const { stats, graph } = await looked;
    expect(stats).toEqual({ queued: 1, running: 1, awaiting: 1, completed: 0, failed: 0, cancelled: 0 });
    expect(graph.tasks.map(({ name, state, waitsOn }) => ({ name, state, waitsOn }))).toEqual([
      { name: 'napper', state: 'awaiting', waitsOn: 'sleep(10 ms)' },
      { name: 'looker', state: 'running', waitsOn: undefined },
      { name: 'late', state: 'ready', waitsOn: undefined },
    ]);
    clock.advance(10);
    await Promise.all([parked, queued]);
  });

  test('sleepers wake in order of time by the clock that was given', async () => {
    const clock = new ManualClock();
    await using multiplexer = new Multiplexer({ clock });
    const log: string[] = [];
    const napper = task(function* (ms: number) {
      yield* sleep(ms);
      log.push(`${ms} at ${clock.now()}`);
    });
    const naps = [30, 10, 20].map((ms) => multiplexer.run(napper(ms)));
    await eventLoopTurn();
    for (let tick = 0; tick < 3; tick++) {
      clock.advance(10);
      await eventLoopTurn();
    }
    await Promise.all(naps);
    expect(log).toEqual(['10 at 10', '20 at 20', '30 at 30']);
  });

  test('sleeps by the host\'s clock otherwise', async () => {
    await using multiplexer = new Multiplexer();
    const napper = task(function* () {
      yield* sleep(1);
      return 'awake';
    });
    expect(await multiplexer.run(napper())).toBe('awake');
  });
});

test.each<[string, unknown, RegExp]>([
  ['a policy that is no factory', { policy: {} }, /Expected `policy` to be a policy factory, such as fifo\(\), got an object/],
  ['a factory that makes no queue', { policy: () => [] }, /Expected `policy` to make a queue with push, pop, delete and size, got an Array/],
  ['a budget that is no object', { budget: 2 }, /Expected `budget` to be an object such as { ms: 2 }, got the number 2/],
  ['a budget without time', { budget: { ms: 0 } }, /Expected `budget.ms` to be a number above 0 \(or Infinity\), got 0/],
  ['half a step', { budget: { steps: 1.5 } }, /Expected `budget.steps` to be an integer of at least 1 \(or Infinity\), got 1.5/],
  ['another way to await', { awaits: 'stack' }, /Expected `awaits` to be 'frame' or 'queue', got the string 'stack'/],
])('refuses %s and says what it expected', (_name, options, message) => {
  expect(() => new Multiplexer(options as MultiplexerOptions)).toThrow(message);
});

describe('a policy that throws', () => {
  const twice = task(function* () {
    yield* yieldNow();
  });

  test('fails the task that it cannot take, before its first step, and nothing waits for ever', async () => {
    const multiplexer = new Multiplexer({ policy: fair({ weight: () => 0 }) });
    const handle = multiplexer.submit(twice());
    await expect(handle.result).rejects.toThrow(/^Expected `weight` of the flow undefined to be a finite number above 0, got the number 0/);
    await multiplexer.close();
    expect(multiplexer.stats()).toEqual({ queued: 0, running: 0, awaiting: 0, completed: 0, failed: 1, cancelled: 0 });
  });

  test('fails a spawned task likewise, and with it the parent that does not ask for it', async () => {
    await using multiplexer = new Multiplexer({ policy: fair({ by: ({ key }) => key, weight: (key) => (key === 'odd' ? -1 : 1) }) });
    const parent = task(function* () {
      yield* spawn(twice().with({ key: 'odd' }));
    });
    await expect(multiplexer.run(parent())).rejects.toThrow(RangeError);
    expect(await multiplexer.run(depth(3))).toBe(3);
  });
});
