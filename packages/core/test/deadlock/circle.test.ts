import { all, Condition, DeadlockError, group, InlineExecutor, Mutex, Once, RwLock, sleep, spawn, task, use, yieldNow, type Call, type Coroutine, type TaskHandle } from '@heddle/core';
import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from '../fake-clock.ts';

/** Handles by the names of their tasks, for tasks that wait for one another. */
type Handles = Record<string, TaskHandle<unknown>>;

function deadlockOf(outcome: PromiseSettledResult<unknown> | undefined): DeadlockError {
  expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'DeadlockError', code: 'ERR_HEDDLE_DEADLOCK' } });
  return (outcome as PromiseRejectedResult).reason as DeadlockError;
}

/** The first line of the message: the circle. */
function circleIn(error: DeadlockError): string {
  return error.message.split('\n')[0]?.split(': ')[1]?.replace(/:$/, '') ?? '';
}

/** A task that waits for the handle of that name. */
function joinerOf(handles: Handles, name: string, other: string): Call<unknown, false> {
  const body = function* (): Coroutine<unknown> {
    yield* yieldNow();
    return yield* handles[other] as TaskHandle<unknown>;
  };
  Object.defineProperty(body, 'name', { value: name });
  return task(body)();
}

describe('an await that closes a circle is refused', () => {
  it('when a task awaits itself', async () => {
    const handles: Handles = {};
    handles.own = new InlineExecutor().submit(joinerOf(handles, 'selfish', 'own'));
    const [outcome] = await Promise.allSettled([handles.own.result]);
    const error = deadlockOf(outcome);
    expect(error.message).toBe(
      `Expected task selfish to wait for somebody else, got a wait for itself: selfish -> selfish:\n  selfish (${handles.own.id}) waits for task selfish (${handles.own.id})`,
    );
    expect(error.circle).toEqual([handles.own.id]);
  });

  it('when two tasks await one another, and the other gets the outcome of the first', async () => {
    const executor = new InlineExecutor();
    const handles: Handles = {};
    handles.a = executor.submit(joinerOf(handles, 'A', 'b'));
    handles.b = executor.submit(joinerOf(handles, 'B', 'a'));
    const [a, b] = await Promise.allSettled([handles.a.result, handles.b.result]);
    const error = deadlockOf(b);
    expect(error.message.split('\n')).toEqual([
      'Expected task B to wait for a task that can go on without it, got a circle of tasks that wait for one another: B -> A -> B:',
      `  B (${handles.b.id}) waits for task A (${handles.a.id})`,
      `  A (${handles.a.id}) waits for task B (${handles.b.id})`,
    ]);
    expect(error.circle).toEqual([handles.b.id, handles.a.id]);
    expect(error.tasks.map(({ name, waitsFor }) => [name, waitsFor])).toEqual([
      ['B', [handles.a.id]],
      ['A', [handles.b.id]],
    ]);
    expect(deadlockOf(a)).toBe(error);
    expect(executor.snapshot().tasks).toEqual([]);
  });

  it('and the stack of the error shows where the await stands', async () => {
    const handles: Handles = {};
    const executor = new InlineExecutor();
    const a = task(function* () {
      yield* yieldNow();
      yield* handles.a as TaskHandle<unknown>; // this line
    });
    handles.a = executor.submit(a());
    const [outcome] = await Promise.allSettled([handles.a.result]);
    expect(deadlockOf(outcome).stack).toContain('circle.test.ts');
  });

  it('when it may be caught, so that both tasks go on', async () => {
    const executor = new InlineExecutor();
    const handles: Handles = {};
    handles.a = executor.submit(joinerOf(handles, 'A', 'b'));
    const careful = task(function* () {
      yield* yieldNow();
      try {
        return yield* handles.a as TaskHandle<unknown>;
      } catch (error) {
        return (error as DeadlockError).code;
      }
    });
    handles.b = executor.submit(careful());
    expect(await Promise.all([handles.a.result, handles.b.result])).toEqual(['ERR_HEDDLE_DEADLOCK', 'ERR_HEDDLE_DEADLOCK']);
  });

  it('however long the circle is', async () => {
    const LENGTH = 1_000;
    const executor = new InlineExecutor();
    const handles: Handles = {};
    for (let n = 0; n < LENGTH; n++) handles[n] = executor.submit(joinerOf(handles, `task ${n}`, String((n + 1) % LENGTH)));
    const outcomes = await Promise.allSettled(Object.values(handles).map(({ result }) => result));
    const error = deadlockOf(outcomes.at(-1));
    expect(error.circle.length).toBe(LENGTH);
    expect(circleIn(error)).toMatch(/^task 999 -> task 0 -> .* -> \.\.\. \(981 more\) \.\.\. -> .* -> task 998 -> task 999$/);
    expect(error.message.split('\n').at(-1)).toBe('  and 980 more');
    for (const outcome of outcomes) expect(deadlockOf(outcome)).toBe(error);
  });

  it('when it runs through two executors', async () => {
    const [one, other] = [new InlineExecutor(), new InlineExecutor()];
    const handles: Handles = {};
    handles.a = one.submit(joinerOf(handles, 'A', 'b'));
    handles.b = other.submit(joinerOf(handles, 'B', 'a'));
    const [, b] = await Promise.allSettled([handles.a.result, handles.b.result]);
    expect(circleIn(deadlockOf(b))).toBe('B -> A -> B');
  });
});

describe('awaiting an ancestor, which ends only after its descendants, is refused', () => {
  it('whatever the ancestor does at that moment', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const handles: Handles = {};
    const main = task(function* main() {
      yield* spawn(joinerOf(handles, 'child', 'main'));
      yield* sleep(1_000_000);
    });
    handles.main = executor.submit(main());
    handles.main.result.catch(() => {});
    await clock.advance(1_000_000);
    const error = deadlockOf(handles.main.outcome);
    expect(circleIn(error)).toBe('child -> main -> child');
    expect(error.message.split('\n').slice(1)).toEqual([
      `  child (${error.circle[0]}) waits for task main (${handles.main.id})`,
      `  main (${handles.main.id}) has to outlive child (${error.circle[0]})`,
    ]);
  });

  it('from any depth, also where a task of another tree stands in between', async () => {
    const executor = new InlineExecutor();
    const handles: Handles = {};
    const nested = task(function* node(depth: number): Coroutine<unknown> {
      return yield* yield* spawn(depth === 0 ? joinerOf(handles, 'leaf', 'stranger') : nested(depth - 1));
    });
    handles.main = executor.submit(nested(2));
    handles.stranger = executor.submit(joinerOf(handles, 'stranger', 'main'));
    const [main, stranger] = await Promise.allSettled([handles.main.result, handles.stranger.result]);
    expect(circleIn(deadlockOf(main))).toBe('leaf -> stranger -> node -> node -> node -> leaf');
    expect(deadlockOf(stranger)).toBe(deadlockOf(main));
  });

  it('from a depth of 20,000 tasks', async () => {
    const executor = new InlineExecutor();
    const handles: Handles = {};
    const nested = task(function* node(depth: number): Coroutine<unknown> {
      return yield* yield* spawn(depth === 0 ? joinerOf(handles, 'leaf', 'main') : nested(depth - 1));
    });
    handles.main = executor.submit(nested(20_000));
    const [outcome] = await Promise.allSettled([handles.main.result]);
    expect(deadlockOf(outcome).circle.length).toBe(20_002);
  });
});

describe('a circle through a lock is refused', () => {
  it('when a task holds a mutex and awaits one that asks for it', async () => {
    const executor = new InlineExecutor();
    const mutex = new Mutex({ name: 'balance' });
    const child = task(function* child() {
      yield* mutex.lock();
    });
    const main = task(function* main() {
      yield* mutex.lock();
      const handle = yield* spawn(child());
      yield* yieldNow();
      yield* handle;
    });
    const handle = executor.submit(main());
    const [outcome] = await Promise.allSettled([handle.result]);
    const error = deadlockOf(outcome);
    expect(circleIn(error)).toBe('main -> child -> main');
    expect(error.message).toContain(`waits for lock() of mutex balance, held up by main (${handle.id})`);
  });

  it('when the one that asks comes last', async () => {
    const mutex = new Mutex();
    const child = task(function* child() {
      yield* yieldNow();
      yield* mutex.lock();
    });
    const main = task(function* main() {
      yield* mutex.with(() => all([child()]));
    });
    const [outcome] = await Promise.allSettled([new InlineExecutor().run(main())]);
    expect(circleIn(deadlockOf(outcome))).toBe('child -> main -> child');
  });

  it('when the holder ends its scope, and the one that asks has waited for long: then that one gets the error', async () => {
    const clock = new FakeClock();
    const mutex = new Mutex();
    const log: unknown[] = [];
    const child = task(function* child() {
      try {
        yield* mutex.lock();
      } catch (error) {
        log.push(circleIn(error as DeadlockError));
      }
    });
    const main = task(function* main() {
      yield* use(yield* mutex.lock());
      yield* spawn(child());
      yield* sleep(10);
    });
    const result = new InlineExecutor({ clock }).run(main());
    await clock.advance(10);
    await result;
    expect(log).toEqual(['main -> child -> main']);
  });

  it('when two tasks take two mutexes in opposite order', async () => {
    const executor = new InlineExecutor();
    const [one, two] = [new Mutex({ name: 'one' }), new Mutex({ name: 'two' })];
    const both = (name: string, first: Mutex, second: Mutex): TaskHandle<string> => {
      const body = function* (): Coroutine<string> {
        using _first = yield* first.lock();
        yield* yieldNow();
        using _second = yield* second.lock();
        return name;
      };
      Object.defineProperty(body, 'name', { value: name });
      return executor.submit(task(body)());
    };
    const handles = [both('A', one, two), both('B', two, one)];
    const [a, b] = await Promise.allSettled(handles.map(({ result }) => result));
    expect(a).toEqual({ status: 'fulfilled', value: 'A' });
    const error = deadlockOf(b);
    expect(circleIn(error)).toBe('B -> A -> B');
    expect(error.message).toContain('B (' + handles[1]?.id + ') waits for lock() of mutex one, held up by A (' + handles[0]?.id + ')');
    expect([one.statistics(), two.statistics()]).toEqual([
      { held: 0, waiting: 0 },
      { held: 0, waiting: 0 },
    ]);
  });

  it('when readers wait for one another’s turn to write', async () => {
    const executor = new InlineExecutor();
    const [one, two] = [new RwLock({ name: 'one' }), new RwLock({ name: 'two' })];
    const task1 = task(function* reader() {
      using _read = yield* one.read();
      yield* yieldNow();
      using _write = yield* two.write();
    });
    const task2 = task(function* writer() {
      using _read = yield* two.read();
      yield* yieldNow();
      using _write = yield* one.write();
    });
    const [first, second] = await Promise.allSettled([executor.run(task1()), executor.run(task2())]);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(circleIn(deadlockOf(second))).toBe('writer -> reader -> writer');
  });

  it('when one who reads waits for one who cannot read behind a writer', async () => {
    const executor = new InlineExecutor();
    const lock = new RwLock();
    const handles: Handles = {};
    const first = task(function* first() {
      using _read = yield* lock.read();
      yield* yieldNow();
      yield* yieldNow();
      yield* handles.second as TaskHandle<unknown>;
    });
    const writer = task(function* writer() {
      using _write = yield* lock.write();
    });
    const second = task(function* second() {
      yield* yieldNow();
      using _read = yield* lock.read();
    });
    const outcome = executor.run(first());
    const others = [executor.run(writer())];
    handles.second = executor.submit(second());
    others.push(handles.second.result as Promise<void>);
    const [failed] = await Promise.allSettled([outcome]);
    expect(circleIn(deadlockOf(failed))).toBe('first -> second -> writer -> first');
    await Promise.all(others);
  });

  it('when the body of a `Once` awaits a task that asks for its value', async () => {
    const once: Once<number> = new Once(function* () {
      const handle = yield* spawn(asking());
      yield* yieldNow();
      return yield* handle;
    });
    const asking = task(function* asking() {
      return yield* once.get();
    });
    const main = task(function* main() {
      return yield* once.get();
    });
    const [outcome] = await Promise.allSettled([new InlineExecutor().run(main())]);
    expect(circleIn(deadlockOf(outcome))).toBe('main -> asking -> main');
  });

  it('when a notification leads into it: the one who holds the mutex and waits gets the error', async () => {
    const executor = new InlineExecutor();
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const handles: Handles = {};
    const waiting = task(function* waiting() {
      using _guard = yield* mutex.lock();
      yield* condition.wait();
      return 'notified';
    });
    const holding = task(function* holding() {
      using _guard = yield* mutex.lock();
      yield* handles.waiting as TaskHandle<unknown>;
    });
    handles.waiting = executor.submit(waiting());
    handles.holding = executor.submit(holding());
    const results = Promise.allSettled([handles.waiting.result, handles.holding.result]);
    await settle();
    condition.notify();
    const [first, second] = await results;
    expect(first).toEqual({ status: 'fulfilled', value: 'notified' });
    expect(circleIn(deadlockOf(second))).toBe('waiting -> holding -> waiting');
  });
});

describe('no circle is seen', () => {
  it('where a holder has ended without releasing', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const mutex = new Mutex();
    const guards: { release(): void }[] = [];
    const forgetful = task(function* () {
      guards.push(yield* mutex.lock());
    });
    const patient = task(function* () {
      yield* mutex.lock();
      return 'locked';
    });
    await executor.run(forgetful());
    const result = executor.run(patient());
    await settle();
    guards[0]?.release();
    expect(await result).toBe('locked');
  });

  it('where a task waits for a lock whose holder works on', async () => {
    const clock = new FakeClock();
    const executor = new InlineExecutor({ clock });
    const mutex = new Mutex();
    const worker = task(function* () {
      using _guard = yield* mutex.lock();
      yield* sleep(10);
    });
    const results = [1, 2, 3].map(() => executor.run(worker()));
    await clock.advance(30);
    await Promise.all(results);
  });

  it('where siblings wait for one another in a line', async () => {
    const executor = new InlineExecutor();
    const main = task(function* () {
      return yield* group(function* (g) {
        let last: TaskHandle<number> = g.spawn(task(() => 0)());
        const next = task(function* (before: TaskHandle<number>) {
          return (yield* before) + 1;
        });
        for (let n = 0; n < 100; n++) last = g.spawn(next(last));
        return yield* last;
      });
    });
    expect(await executor.run(main())).toBe(100);
  });
});

/** Walking along the chain for each join would take 10^10 steps, which is more than the test's time. */
it('a chain of 200,000 joins costs no more for each than a short one', async () => {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock });
  const first = task(function* () {
    yield* sleep(1);
    return 0;
  });
  const next = task(function* (before: TaskHandle<number>) {
    return (yield* before) + 1;
  });
  let last = executor.submit(first());
  await settle();
  // Each of them joins one that waits already.
  for (let n = 0; n < 200_000; n++) last = executor.submit(next(last));
  await clock.advance(1);
  expect(await last.result).toBe(200_000);
});
