import {
  all,
  Barrier,
  Channel,
  Condition,
  type DeadlockError,
  Event,
  InlineExecutor,
  Latch,
  Mutex,
  race,
  RateLimiter,
  Semaphore,
  sleep,
  spawn,
  task,
  timeout,
  until,
  yieldNow,
  type Coroutine,
  type Operation,
} from '@heddle/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, settle } from '../fake-clock.ts';

let clock: FakeClock;
let executor: InlineExecutor;

beforeEach(() => {
  clock = new FakeClock();
  executor = new InlineExecutor({ clock, deadlocks: 'idle' });
});

/** A task that awaits what `wait` makes. */
const waiting = task(function* waiting(wait: () => Operation<unknown>) {
  return yield* wait();
});

/** Lets as many turns of the event loop pass as finding a standstill, and what comes of it, can take. */
async function longSettle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await settle();
}

async function deadlock(result: Promise<unknown>): Promise<DeadlockError> {
  const [outcome] = await Promise.allSettled([result]);
  expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'DeadlockError', code: 'ERR_HEDDLE_DEADLOCK' } });
  return (outcome as PromiseRejectedResult).reason as DeadlockError;
}

describe('tasks that nothing can wake', () => {
  const waits: [string, () => Operation<unknown>][] = [
    ['next() of channel c', () => new Channel(0, { name: 'c' }).next()],
    ['send() to channel c', () => new Channel(0, { name: 'c' }).send(1)],
    ['acquire(2) of semaphore s', () => afterTaking(new Semaphore(2, { name: 's' }))],
    ['wait() for event e', () => new Event({ name: 'e' }).wait()],
    ['wait() for latch l', () => new Latch(1, { name: 'l' }).wait()],
    ['wait() at barrier b', () => new Barrier(2, { name: 'b' }).wait()],
    ['wait() for condition c of mutex m', () => atCondition(new Mutex({ name: 'm' }))],
  ];

  function afterTaking(semaphore: Semaphore): Operation<void> {
    semaphore.tryAcquire();
    return semaphore.acquire(2);
  }

  function* atCondition(mutex: Mutex): Coroutine<void> {
    using _guard = yield* mutex.lock();
    yield* new Condition(mutex, { name: 'c' }).wait();
  }

  it.each(waits)('fail with an error that tells of %s', async (what, wait) => {
    const handle = executor.submit(waiting(wait));
    const error = await deadlock(handle.result);
    expect(error.message).toBe(`Expected some task to be able to go on, but nothing can wake any of them:\n  waiting (${handle.id}) waits for ${what}`);
    expect(error.tasks).toEqual([{ id: handle.id, name: 'waiting', state: 'awaiting', waitsFor: [], waitsOn: what }]);
    expect(error.circle).toEqual([]);
    expect(executor.snapshot().tasks).toEqual([]);
  });

  it('have their `finally` blocks run, and whoever is freed by that goes on', async () => {
    const left = new Channel<string>();
    const right = new Channel<string>();
    const first = task(function* first() {
      try {
        return yield* left.receive();
      } finally {
        yield* right.send('from the clean-up');
      }
    });
    const second = task(function* second() {
      return yield* right.receive();
    });
    const results = [executor.run(first()), executor.run(second())];
    const error = await deadlock(results[0] as Promise<string>);
    expect(error.message.split('\n').slice(1)).toEqual([expect.stringMatching(/^ {2}first .* waits for next\(\) of channel$/), expect.stringMatching(/^ {2}second .* waits for next\(\) of channel$/)]);
    expect(await results[1]).toBe('from the clean-up');
  });

  it('are told of at the end of the chain, so that the others fail with the same error', async () => {
    const leaf = task(function* leaf() {
      yield* new Event({ name: 'never' }).wait();
    });
    const main = task(function* main() {
      yield* all([leaf()]);
    });
    const handle = executor.submit(main());
    const error = await deadlock(handle.result);
    expect(error.message.split('\n').slice(1)).toEqual([`  main (${handle.id}) waits for the end of leaf (${error.tasks[1]?.id})`, `  leaf (${error.tasks[1]?.id}) waits for wait() for event never`]);
    expect(error.tasks.map(({ name, waitsFor }) => [name, waitsFor])).toEqual([
      ['main', [error.tasks[1]?.id]],
      ['leaf', []],
    ]);
  });

  it('all end, however many they are', async () => {
    const channel = new Channel();
    const results = Array.from({ length: 1_000 }, () => executor.run(waiting(() => channel.next())));
    for (const outcome of await Promise.allSettled(results)) expect(outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_DEADLOCK' } });
    expect(channel.statistics().receiving).toBe(0);
  });

  it('may handle the error and go on; who waits for the same again fails by its awaiter', async () => {
    const event = new Event();
    const stubborn = task(function* stubborn() {
      for (;;) {
        try {
          yield* event.wait();
          return 'set';
        } catch (error) {
          if ((error as DeadlockError).code !== 'ERR_HEDDLE_DEADLOCK') throw error;
        }
      }
    });
    const main = task(function* main() {
      const handle = yield* spawn(stubborn());
      try {
        return yield* handle;
      } catch (error) {
        event.set();
        return [(error as DeadlockError).code, yield* handle];
      }
    });
    expect(await executor.run(main())).toEqual(['ERR_HEDDLE_DEADLOCK', 'set']);
  });

  it('end when the executor is to close, although nobody asks for their outcome', async () => {
    const handle = executor.submit(waiting(() => new Event().wait()));
    await longSettle();
    expect(handle.state).toBe('awaiting');
    handle.result.catch(() => {});
    await executor.close();
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_DEADLOCK' } });
  });

  it('do not make a supervisor that starts them over and over spin for ever', async () => {
    let starts = 0;
    const supervisor = task(function* supervisor() {
      for (;;) {
        starts++;
        try {
          yield* yield* spawn(waiting(() => new Event().wait()));
        } catch {
          // Once more.
        }
      }
    });
    const handle = executor.submit(supervisor());
    handle.result.catch(() => {});
    for (let turn = 0; turn < 200; turn++) await settle();
    expect(starts).toBeLessThan(100);
    expect(handle.state).toBe('awaiting');
  });
});

describe('no deadlock is seen', () => {
  /** Whether a task that nothing but `other` can wake is left alone. */
  async function isLeftAlone(other: () => Operation<unknown>, then: () => void | Promise<void>): Promise<unknown> {
    const event = new Event();
    const result = executor.run(waiting(() => event.wait()));
    const others = Promise.allSettled([executor.run(waiting(other))]);
    await longSettle();
    await then();
    await others;
    event.set();
    return await result;
  }

  it('while a task sleeps', async () => {
    expect(await isLeftAlone(() => sleep(10), () => clock.advance(10))).toBeUndefined();
  });

  it('while a task waits for a promise', async () => {
    let resolve = (): void => {};
    const promise = new Promise<void>((onResolve) => (resolve = onResolve));
    expect(await isLeftAlone(() => until(() => promise), () => resolve())).toBeUndefined();
  });

  it('while a time limit runs', async () => {
    expect(await isLeftAlone(() => timeout(10, new Event().wait()), () => clock.advance(10))).toBeUndefined();
  });

  it('while a rate limiter lets nobody through', async () => {
    const limiter = new RateLimiter({ limit: 1, perMs: 10 });
    function* twice(): Coroutine<void> {
      yield* limiter.acquire();
      yield* limiter.acquire();
    }
    expect(await isLeftAlone(twice, () => clock.advance(10))).toBeUndefined();
  });

  it('while a task waits for one of another executor', async () => {
    const elsewhere = new InlineExecutor({ clock });
    const slow = task(function* () {
      yield* sleep(10);
    });
    const handle = elsewhere.submit(slow());
    expect(await isLeftAlone(() => handle, () => clock.advance(10))).toBeUndefined();
  });

  it('while a task waits at something that code outside is said to touch', async () => {
    const outside = new Event({ external: true });
    expect(await isLeftAlone(() => outside.wait(), () => outside.set())).toBeUndefined();
  });

  it('while a task is in the grace of a cancellation', async () => {
    const stubborn = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        yield* new Event().wait();
      }
    });
    const event = new Event();
    const result = executor.run(waiting(() => event.wait()));
    const handle = executor.submit(stubborn());
    handle.result.catch(() => {});
    await settle();
    handle.cancel();
    await longSettle();
    expect(handle.state).toBe('awaiting');
    event.set();
    await result;
    await clock.advance(executor.graceMs);
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } });
  });

  it('while a task whose outcome nobody asks for waits for work', async () => {
    const jobs = new Channel<number>();
    const done: number[] = [];
    const server = task(function* () {
      for (;;) {
        const job = yield* jobs.next();
        if (job.done === true) return;
        done.push(job.value);
      }
    });
    executor.submit(server());
    const client = task(function* (job: number) {
      yield* jobs.send(job);
    });
    await executor.run(client(1));
    await longSettle();
    await executor.run(client(2));
    expect(done).toEqual([1, 2]);
    jobs.close();
  });

  it('before code that awaits a result outside has had its chance', async () => {
    const event = new Event();
    const result = executor.run(waiting(() => event.wait()));
    const quick = executor.run(waiting(() => yieldNow()));
    await quick;
    await Promise.resolve();
    event.set();
    expect(await result).toBeUndefined();
  });

  it('by an executor that looks only at the end of the process', async () => {
    const event = new Event();
    const result = new InlineExecutor({ clock }).run(waiting(() => event.wait()));
    await longSettle();
    event.set();
    expect(await result).toBeUndefined();
  });

  it('while `close` has set a deadline', async () => {
    const handle = executor.submit(waiting(() => new Event().wait()));
    const closed = executor.close({ deadlineMs: 10 });
    await longSettle();
    expect(handle.state).toBe('awaiting');
    handle.result.catch(() => {});
    await clock.advance(10);
    await closed;
    expect(handle.outcome).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } });
  });
});

it('a race in which no operand can win is a deadlock', async () => {
  const main = task(function* () {
    return yield* race([new Event({ name: 'a' }).wait(), new Event({ name: 'b' }).wait()]);
  });
  const error = await deadlock(executor.run(main()));
  expect(error.message).toContain('wait() for event b');
});

it('the option `deadlocks` takes nothing else', () => {
  expect(() => new InlineExecutor({ deadlocks: 'never' as 'exit' })).toThrow(/deadlocks/);
});

describe('a snapshot names as suspects', () => {
  it('tasks that wait for a promise or another executor, but not those that a timer wakes', async () => {
    const other = new InlineExecutor({ clock }).submit(waiting(() => sleep(1)));
    const outside = new Event({ external: true });
    const handles = [
      executor.submit(waiting(() => sleep(1))),
      executor.submit(waiting(() => until(() => clock1()))),
      executor.submit(waiting(() => other)),
      executor.submit(waiting(() => outside.wait())),
      executor.submit(waiting(() => new Event().wait())),
    ];
    function clock1(): Promise<void> {
      return new Promise((resolve) => clock.setTimer(resolve, 1));
    }
    await settle();
    expect(executor.snapshot().suspects).toEqual([handles[1], handles[2], handles[3]].map((handle) => handle?.id));
    outside.set();
    handles[4]?.cancel();
    await clock.advance(1);
  });
});
