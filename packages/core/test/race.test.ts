import { describe, expect, it } from 'vitest';
import { all, allSettled, any, InlineExecutor, race, sleep, spawn, task, TaskTimeoutError, timeout, type Operation } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

function harness() {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock });
  const log: string[] = [];
  const worker = task(function* (name: string, ms: number, cleanUpMs = 0) {
    try {
      yield* sleep(ms);
      log.push(`${name} done`);
      return name;
    } finally {
      if (cleanUpMs > 0) yield* sleep(cleanUpMs);
      log.push(`${name} ended`);
    }
  });
  const failing = task(function* (name: string, ms: number) {
    yield* sleep(ms);
    throw new Error(name);
  });
  const run = <R>(operation: Operation<R>) => executor.run(task(function* () {
    return yield* operation;
  })());
  return { clock, executor, log, worker, failing, run };
}

describe('race', () => {
  it('gives the key and the value of the first to end, and waits until the losers have cleaned up', async () => {
    const { clock, log, worker, run } = harness();
    const raced = run(race({ slow: worker('slow', 100, 5), quick: worker('quick', 10) }));
    await clock.advance(10);
    expect(log).toEqual(['quick done', 'quick ended']);
    await clock.advance(5);
    expect(await raced).toEqual({ key: 'quick', value: 'quick' });
    expect(log).toEqual(['quick done', 'quick ended', 'slow ended']);
    expect(clock.armed).toBe(0);
  });

  it('throws what the winner has thrown', async () => {
    const { clock, worker, failing, run } = harness();
    const raced = run(race({ slow: worker('slow', 100), bad: failing('boom', 10) }));
    void clock.advance(10);
    expect(await failureOf(raced)).toMatchObject({ message: 'boom' });
  });

  it('gives the index in a list', async () => {
    const { clock, worker, run } = harness();
    const raced = run(race([worker('a', 20), worker('b', 10)]));
    void clock.advance(20);
    expect(await raced).toEqual({ key: 1, value: 'b' });
  });

  it('takes operations, promises and plain values', async () => {
    const { run, worker } = harness();
    expect(await run(race({ never: worker('never', 1e6), given: 7 }))).toEqual({ key: 'given', value: 7 });
    expect(await run(race({ never: sleep(1e6), promised: Promise.resolve('p') }))).toEqual({ key: 'promised', value: 'p' });
  });

  it('is cancelled with everything in it', async () => {
    const { clock, executor, log, worker } = harness();
    const handle = executor.submit(
      task(function* () {
        yield* race({ a: worker('a', 100, 1), b: worker('b', 200) });
      })(),
    );
    await clock.advance(1);
    handle.cancel('enough');
    await clock.advance(1);
    expect(await failureOf(handle.result)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'enough' });
    expect(log.toSorted()).toEqual(['a ended', 'b ended']);
  });

  it('refuses a race of nothing', () => {
    expect(() => race({})).toThrow('Expected race() of at least one call, got none');
    expect(() => race(5 as never)).toThrow('Expected race() of an array or a record of calls, got the number 5');
  });
});

describe('any', () => {
  it('gives the first success and ignores failures before it', async () => {
    const { clock, worker, failing, run } = harness();
    const first = run(any({ bad: failing('bad', 1), good: worker('good', 5), late: worker('late', 50) }));
    void clock.advance(50);
    expect(await first).toEqual({ key: 'good', value: 'good' });
  });

  it('throws all errors together when nothing succeeds', async () => {
    const { clock, failing, run } = harness();
    const none = run(any([failing('one', 2), failing('two', 1)]));
    void clock.advance(2);
    const error = (await failureOf(none)) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map((each: Error) => each.message)).toEqual(['one', 'two']);
  });
});

describe('allSettled', () => {
  it('gives every outcome in the shape of its operands, and cancels nothing', async () => {
    const { clock, worker, failing, run } = harness();
    const settled = run(allSettled({ good: worker('good', 9), bad: failing('bad', 1), plain: 3 }));
    void clock.advance(9);
    expect(await settled).toMatchObject({
      good: { status: 'fulfilled', value: 'good' },
      bad: { status: 'rejected', reason: { message: 'bad' } },
      plain: { status: 'fulfilled', value: 3 },
    });
    expect(await run(allSettled([]))).toEqual([]);
  });
});

describe('operations inside one another', () => {
  it('a race inside all inside a timeout leaves nothing behind', async () => {
    const { clock, log, worker, run } = harness();
    const nested = run(timeout(30, all([race({ a: worker('a', 10), b: worker('b', 20) }), worker('c', 100)])));
    void clock.advance(200);
    expect(await failureOf(nested)).toBeInstanceOf(TaskTimeoutError);
    expect(log).toEqual(['a done', 'a ended', 'b ended', 'c ended']);
    expect(clock.armed).toBe(0);
  });

  it('a spawned child outlives a race that it is no part of', async () => {
    const { clock, log, worker, executor } = harness();
    const done = executor.run(
      task(function* () {
        const side = yield* spawn(worker('side', 50));
        yield* race({ a: worker('a', 10), b: worker('b', 20) });
        return yield* side;
      })(),
    );
    void clock.advance(50);
    expect(await done).toBe('side');
    expect(log).toContain('side done');
  });
});
