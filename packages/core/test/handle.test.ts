import { describe, expect, it } from 'vitest';
import { current, InlineExecutor, sleep, spawn, task, until, yieldNow, type TaskHandle, type TaskState } from '@heddle/core';
import { FakeClock, settle } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

const value = task(function* (of: unknown) {
  yield* yieldNow();
  return of;
});

const failing = task(function* failing() {
  yield* yieldNow();
  throw new Error('failed');
});

describe('a handle', () => {
  it('goes from ready over running and awaiting to complete', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const states: TaskState[] = [];
    const handles: TaskHandle<unknown>[] = [];
    const main = task(function* () {
      states.push(handles[0]!.state); // Invariant: pushed below, before the first step.
      yield* sleep(1);
    });
    const handle = executor.submit(main());
    handles.push(handle);
    states.push(handle.state);
    await settle();
    states.push(handle.state);
    await clock.advance(1);
    states.push(handle.state);
    expect(states).toEqual(['ready', 'running', 'awaiting', 'complete']);
  });

  it('never starts its task inside submit', async () => {
    const executor = new InlineExecutor();
    let hasRun = false;
    executor.submit(task(() => (hasRun = true))());
    expect(hasRun).toBe(false);
    await settle();
    expect(hasRun).toBe(true);
  });

  it('tells the outcome once there is one', async () => {
    const executor = new InlineExecutor();
    const good = executor.submit(value('value'));
    const bad = executor.submit(failing());
    expect([good.outcome, bad.outcome]).toEqual([undefined, undefined]);
    await Promise.allSettled([good.result, bad.result]);
    expect(good.outcome).toEqual({ status: 'fulfilled', value: 'value' });
    expect(bad.outcome).toEqual({ status: 'rejected', reason: expect.objectContaining({ message: 'failed' }) });
  });

  it('has an id of its own, and the name of its task or of its options', () => {
    const executor = new InlineExecutor();
    const named = task(import.meta, 'named', () => 1, { name: 'from the task' });
    const handles = [value(1), named(), named().with({ name: 'from the call' })].map((call) => executor.submit(call));
    handles.push(executor.submit(named().with({ name: 'from the call' }), { name: 'from the submission' }));
    expect(handles.map(({ name }) => name)).toEqual(['anonymous', 'from the task', 'from the call', 'from the submission']);
    expect(new Set(handles.map(({ id }) => id)).size).toBe(4);
  });

  it('gives one promise, whenever it is asked', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(value(1));
    const { result } = handle;
    await result;
    expect(handle.result).toBe(result);
    const late = executor.submit(value(2));
    await settle();
    expect(await late.result).toBe(2);
  });

  it('may be awaited by several tasks, before and after its end', async () => {
    const executor = new InlineExecutor();
    const shared = executor.submit(value('shared'));
    const awaiter = task(function* (turns: number) {
      for (let turn = 0; turn < turns; turn++) yield* yieldNow();
      return yield* shared;
    });
    const results = await Promise.all([0, 0, 1, 5].map((turns) => executor.run(awaiter(turns))));
    expect(results).toEqual(['shared', 'shared', 'shared', 'shared']);
  });

  it('gives its failure to every task that awaits it, any number of times', async () => {
    const executor = new InlineExecutor();
    const shared = executor.submit(failing());
    const awaiter = task(function* () {
      const caught: string[] = [];
      for (let attempt = 0; attempt < 2; attempt++) {
        try {
          yield* shared;
        } catch (error) {
          caught.push((error as Error).message);
        }
      }
      return caught;
    });
    expect(await Promise.all([executor.run(awaiter()), executor.run(awaiter())])).toEqual([
      ['failed', 'failed'],
      ['failed', 'failed'],
    ]);
  });

  it('lets go of an awaiter that is cancelled, and of no other', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const shared = executor.submit(task(function* () {
      yield* sleep(10);
      return 'shared';
    })());
    const awaiter = task(function* () {
      return yield* shared;
    });
    const [one, two, three] = [executor.submit(awaiter()), executor.submit(awaiter()), executor.submit(awaiter())];
    const results = Promise.allSettled([one.result, two.result, three.result]);
    await settle();
    two.cancel();
    await clock.advance(10);
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(shared.state).toBe('complete');
  });

  it('may be awaited outside a task once it is complete only', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(value('value'));
    const iterator = handle[Symbol.iterator]();
    expect(() => iterator.next()).toThrow('Expected `yield* handle` inside a task that an executor runs; elsewhere await handle.result');
    await handle.result;
    expect(handle[Symbol.iterator]().next()).toEqual({ done: true, value: 'value' });
  });
});

describe('the progress of a handle', () => {
  const reporting = task(function* (ticks: Promise<void>[]) {
    const context = current();
    for (const [index, tick] of ticks.entries()) {
      context.progress(index);
      yield* until(() => tick);
    }
    return 'done';
  });

  it('comes value by value, and ends with the task', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(reporting([settle(), settle(), settle()]));
    const seen: unknown[] = [];
    for await (const progress of handle.progress) seen.push([progress, handle.state]);
    expect(seen).toEqual([
      [0, 'awaiting'],
      [1, 'awaiting'],
      [2, 'awaiting'],
    ]);
    expect(await handle.result).toBe('done');
  });

  it('keeps what nobody has read yet, from the first access on', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(reporting([Promise.resolve(), Promise.resolve()]));
    const { progress } = handle;
    await handle.result;
    const seen: unknown[] = [];
    for await (const each of progress) seen.push(each);
    expect(seen).toEqual([0, 1]);
  });

  it('comes to every loop from its beginning on', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const counting = task(function* () {
      for (let n = 0; n < 3; n++) {
        current().progress(n);
        yield* sleep(10);
      }
    });
    const handle = executor.submit(counting());
    const read = async (into: unknown[]): Promise<void> => {
      for await (const progress of handle.progress) into.push(progress);
    };
    const seen: unknown[][] = [[], []];
    const loops = [read(seen[0]!)]; // Invariant: two lists.
    await clock.advance(5);
    loops.push(read(seen[1]!));
    await clock.advance(30);
    await Promise.all(loops);
    expect(seen).toEqual([[0, 1, 2], [1, 2]]);
  });

  it('is forgotten by a loop that was left', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(reporting([settle(), settle(), settle()]));
    for await (const progress of handle.progress) {
      expect(progress).toBe(0);
      break;
    }
    const iterator = handle.progress[Symbol.asyncIterator]();
    const pending = iterator.next();
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    await handle.result;
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('is empty when nobody asked before the task was complete', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(reporting([Promise.resolve()]));
    await handle.result;
    const seen: unknown[] = [];
    for await (const each of handle.progress) seen.push(each);
    expect(seen).toEqual([]);
  });

  it('ends when the task fails, too', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(failing());
    const end = failureOf(handle.result);
    const seen: unknown[] = [];
    for await (const each of handle.progress) seen.push(each);
    expect(seen).toEqual([]);
    await end;
  });

  it('takes nothing from an async function that goes on after it was let go', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock, graceMs: 1 });
    let release: () => void = () => {};
    const deaf = task(async () => {
      const context = current();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      context.progress('too late');
    });
    const handle = executor.submit(deaf());
    const { progress } = handle;
    const end = failureOf(handle.result);
    await settle();
    handle.cancel();
    await clock.advance(1);
    await end;
    release();
    await settle();
    const seen: unknown[] = [];
    for await (const each of progress) seen.push(each);
    expect(seen).toEqual([]);
  });
});

describe('disposing of a handle', () => {
  it('cancels the task and waits for its end', async () => {
    const executor = new InlineExecutor();
    const log: string[] = [];
    const sleeper = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        yield* yieldNow();
        log.push('cleaned up');
      }
    });
    {
      await using handle = executor.submit(sleeper());
      await settle();
      log.push(handle.state);
    }
    expect(log).toEqual(['awaiting', 'cleaned up']);
  });

  it('does nothing to a task that has ended', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(value(1));
    await handle.result;
    await handle[Symbol.asyncDispose]();
    expect(handle.outcome).toEqual({ status: 'fulfilled', value: 1 });
  });

  it('throws a failure that nobody has asked for', async () => {
    const executor = new InlineExecutor();
    const broken = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- the point of the test
        throw new Error('clean-up failed');
      }
    });
    const handle = executor.submit(broken());
    await settle();
    await expect(handle[Symbol.asyncDispose]()).rejects.toThrow('clean-up failed');
  });

  it('rejects with a cancellation that carries the failure of a child', async () => {
    const executor = new InlineExecutor();
    const child = task(function* () {
      try {
        yield* sleep(1_000_000);
      } catch {
        throw new Error('the child failed to clean up');
      }
    });
    const handle = executor.submit(
      task(function* () {
        yield* spawn(child());
        yield* sleep(1_000_000);
      })(),
    );
    await settle();
    await expect(handle[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', suppressed: [{ message: 'the child failed to clean up' }] });
  });

  it('does not throw a failure again that somebody has asked for', async () => {
    const executor = new InlineExecutor();
    const handle = executor.submit(failing());
    await failureOf(handle.result);
    await handle[Symbol.asyncDispose]();
  });
});

describe('a spawned handle', () => {
  it('may be awaited by another task than the one that spawned it', async () => {
    const executor = new InlineExecutor();
    const reader = task(function* (handle: TaskHandle<unknown>) {
      return ['read', yield* handle];
    });
    const main = task(function* () {
      const source = yield* spawn(value('source'));
      return yield* yield* spawn(reader(source));
    });
    expect(await executor.run(main())).toEqual(['read', 'source']);
  });
});
