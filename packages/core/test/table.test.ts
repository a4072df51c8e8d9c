import { describe, expect, it } from 'vitest';
import { all, InlineExecutor, renderTable, sleep, spawn, task, TraceRecorder, yieldNow, type TableOptions, type Task } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';

/** Runs `call` inline and renders what happened. */
async function tableOf(call: ReturnType<Task<[], unknown>>, options?: TableOptions): Promise<string> {
  const trace = new TraceRecorder();
  const clock = new FakeClock();
  const executor = new InlineExecutor({ trace, clock });
  const settled = executor.run(call).catch(() => {});
  await clock.advance(1_000);
  await settled;
  return renderTable(trace.events, options);
}

const table = (text: TemplateStringsArray): string => (text[0] ?? '').trim();

const B = task(import.meta, 'B', function* () {
  yield* yieldNow();
  return 1;
});

const C = task(import.meta, 'C', function* () {
  yield* sleep(10);
  return 1;
});

describe('renderTable, of tasks on the inline executor', () => {
  it('has a line for each step in the article’s form, with those in the queue who are ready', async () => {
    const main = task(import.meta, 'main', function* () {
      const b = yield* spawn(B());
      const c = yield* spawn(C());
      return (yield* b) + (yield* c);
    });
    expect(await tableOf(main())).toBe(table`
main awaits B                         | queue: [B, C]
B ready --> yields                    | queue: [C, B]
C ready --> awaits sleep(10 ms)       | queue: [B]
B ready --> complete!                 | queue: [main]
main ready --> awaits C               | queue: []
C ready --> complete!                 | queue: [main]
main ready --> complete!              | queue: []

DONE!
`);
  });

  it('numbers tasks that share a name, and names all that one waits for', async () => {
    const main = task(import.meta, 'all', function* () {
      return yield* all([B(), C(), B()]);
    });
    expect((await tableOf(main())).split('\n')[0]).toBe('all awaits B#1, C, B#2                | queue: [B#1, C, B#2]');
  });

  it('tells failures and cancellations, and takes from the queue who is cancelled before a first step', async () => {
    const fail = task(import.meta, 'fail', () => {
      throw new Error('no');
    });
    const main = task(import.meta, 'main', function* () {
      yield* all([C(), fail(), B()]);
    });
    expect(await tableOf(main())).toBe(table`
main awaits C, fail, B                | queue: [C, fail, B]
C ready --> awaits sleep(10 ms)       | queue: [fail, B]
fail ready --> fails!                 | queue: [C]
C ready --> cancelled                 | queue: [main]
main ready --> fails!                 | queue: []

DONE!
`);
  });

  it('does not say DONE! of a trace that ends before its tasks do, and nothing at all of one without a step', async () => {
    const trace = new TraceRecorder();
    const executor = new InlineExecutor({ trace, clock: new FakeClock() });
    const handle = executor.submit(C());
    expect(renderTable(trace.events)).toBe('');
    await new Promise((resolve) => setImmediate(resolve));
    expect(renderTable(trace.events)).toBe('C awaits sleep(10 ms)       | queue: []');
    handle.cancel();
    await handle.result.catch(() => {});
    expect(renderTable([])).toBe('');
  });
});
