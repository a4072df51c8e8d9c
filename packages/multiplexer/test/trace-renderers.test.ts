/** Renderers of traces, on real executions of the multiplexer. */

import { Event, InlineExecutor, renderPerfetto, renderTable, sleep, spawn, task, TraceRecorder, yieldNow, type Call, type Executor, type TraceEvent, type TraceSink } from '@heddle/core';
import { fifo, lifo, Multiplexer, type MultiplexerOptions } from '@heddle/multiplexer';
import { readChromeTrace } from '@heddle/testkit';
import { describe, expect, test } from 'vitest';

// The article's four tasks.
const main = task(import.meta, 'main', function* () {
  return yield* A();
});

const A = task(import.meta, 'A', function* () {
  return 1 + (yield* B());
});

const B = task(import.meta, 'B', function* () {
  return 1 + (yield* C());
});

const C = task(import.meta, 'C', function* () {
  return 1;
});

const leaf = task(import.meta, 'leaf', function* () {
  yield* yieldNow();
});

const family = task(import.meta, 'family', function* () {
  const handles = [];
  for (const name of ['x', 'y', 'z']) handles.push(yield* spawn(leaf().with({ name })));
  for (const handle of handles) yield* handle;
});

async function eventsOf(call: Call<unknown>, options: MultiplexerOptions): Promise<readonly TraceEvent[]> {
  const trace = new TraceRecorder();
  // Turns that real time ends would tell of yields that a busy machine brings about.
  await using multiplexer = new Multiplexer({ budget: { ms: Infinity }, ...options, trace });
  await multiplexer.run(call);
  return trace.events;
}

const text = (lines: TemplateStringsArray): string => (lines[0] ?? '').trim();

describe('renderTable', () => {
  test('of the article’s tasks, awaited through the queue, is its first table without the visits that find a task not ready', async () => {
    const events = await eventsOf(main(), { awaits: 'queue' });
    expect(renderTable(events, { queue: 'live' })).toBe(text`
main awaits A                 | queue: [main, A]
A ready --> awaits B          | queue: [main, A, B]
B ready --> awaits C          | queue: [main, A, B, C]
C ready --> complete!         | queue: [main, A, B]
B ready --> complete!         | queue: [main, A]
A ready --> complete!         | queue: [main]
main ready --> complete!      | queue: []

DONE!
`);
  });

  test('of the same shows the run queue unless told otherwise: who awaits is not in it', async () => {
    const events = await eventsOf(main(), { awaits: 'queue' });
    expect(renderTable(events)).toBe(text`
main awaits A                 | queue: [A]
A ready --> awaits B          | queue: [B]
B ready --> awaits C          | queue: [C]
C ready --> complete!         | queue: [B]
B ready --> complete!         | queue: [A]
A ready --> complete!         | queue: [main]
main ready --> complete!      | queue: []

DONE!
`);
  });

  test('of the same, awaited as frames, is a single step', async () => {
    expect(renderTable(await eventsOf(main(), {}))).toBe('main complete!      | queue: []\n\nDONE!');
  });

  test('under fifo() lists the oldest first, and every line steps the head of the queue before it', async () => {
    expect(renderTable(await eventsOf(family(), { policy: fifo() }))).toBe(text`
family awaits x                 | queue: [x, y, z]
x ready --> yields              | queue: [y, z, x]
y ready --> yields              | queue: [z, x, y]
z ready --> yields              | queue: [x, y, z]
x ready --> complete!           | queue: [y, z, family]
y ready --> complete!           | queue: [z, family]
z ready --> complete!           | queue: [family]
family ready --> complete!      | queue: []

DONE!
`);
  });

  test('under lifo() lists the newest first when told so, and every line steps the head of the queue before it', async () => {
    expect(renderTable(await eventsOf(family(), { policy: lifo() }), { order: 'lifo' })).toBe(text`
family awaits x                 | queue: [z, y, x]
z ready --> yields              | queue: [z, y, x]
z ready --> complete!           | queue: [y, x]
y ready --> yields              | queue: [y, x]
y ready --> complete!           | queue: [x]
x ready --> yields              | queue: [x]
x ready --> complete!           | queue: [family]
family ready --> complete!      | queue: []

DONE!
`);
  });
});

const waiter = task(import.meta, 'waiter', function* (gate: Event) {
  yield* gate.wait();
});

const opener = task(import.meta, 'opener', function* () {
  const gate = new Event();
  const [first, second] = [yield* spawn(waiter(gate).with({ name: 'first' })), yield* spawn(waiter(gate).with({ name: 'second' }))];
  // Under every policy both wait by then.
  yield* sleep(0);
  gate.set();
  yield* first;
  yield* second;
});

describe('renderPerfetto', () => {
  const executors: Record<string, (trace: TraceSink) => Executor> = {
    InlineExecutor: (trace) => new InlineExecutor({ trace }),
    'Multiplexer with fifo()': (trace) => new Multiplexer({ trace }),
    'Multiplexer with lifo()': (trace) => new Multiplexer({ trace, policy: lifo() }),
    'Multiplexer that awaits by queue': (trace) => new Multiplexer({ trace, awaits: 'queue' }),
  };

  test.each(Object.entries(executors))('of the %s, in real time, is sound, with an arrow for each spawn, wake-up and join', async (_, create) => {
    const trace = new TraceRecorder();
    await using executor = create(trace);
    await executor.run(opener());
    const { problems, arrows, counters, threadNames } = readChromeTrace(renderPerfetto(trace.events));
    expect(problems).toEqual([]);
    const drawn = arrows.map(({ kind, from, to }) => `${kind} ${from.name} ${to.name}`);
    const certain = ['join first opener', 'spawn opener first', 'spawn opener second', 'wake opener first', 'wake opener second'];
    // When the first one has ended the second one may have, too, and then is not waited for.
    expect(drawn.filter((arrow) => arrow !== 'join second opener').toSorted()).toEqual(certain);
    expect(counters.get('ready tasks')?.at(-1)).toBe(0);
    expect(threadNames).toEqual(new Map([[0, 'thread 0']]));
  });
});
