import { describe, expect, it } from 'vitest';
import { current, deadline, group, InlineExecutor, on, shield, sleep, spawn, task, timeout, until, use, type Operation } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

function harness(options: { graceMs?: number } = {}) {
  const clock = new FakeClock();
  const executor = new InlineExecutor({ clock, ...options });
  const log: string[] = [];
  const run = <R>(operation: Operation<R>) => executor.run(task(function* () {
    return yield* operation;
  })());
  const say = task(function* (text: string, ms: number) {
    try {
      yield* sleep(ms);
      log.push(text);
      return text;
    } catch (error) {
      log.push(`${text} cancelled`);
      throw error;
    }
  });
  return { clock, executor, log, run, say };
}

describe('timeout and deadline', () => {
  it('give the value of an operation that is in time, and leave no timer', async () => {
    const { clock, run, say } = harness();
    const inTime = run(timeout(100, say('a', 10)));
    void clock.advance(10);
    expect(await inTime).toBe('a');
    expect(clock.armed).toBe(0);
  });

  it('cancel an operation that is late and tell which limit it was', async () => {
    const { clock, run, say, log } = harness();
    const late = run(timeout(10, say('a', 100)));
    void clock.advance(10);
    expect(await failureOf(late)).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT', phase: 'run', limitMs: 10 });
    const missed = run(deadline(clock.now() + 5, say('b', 100)));
    void clock.advance(5);
    expect(await failureOf(missed)).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT', phase: 'deadline' });
    expect(log).toEqual(['a cancelled', 'b cancelled']);
  });

  it('can be caught, and the task goes on undisturbed', async () => {
    const { clock, executor, say } = harness();
    const done = executor.run(
      task(function* () {
        try {
          yield* timeout(10, say('a', 100));
        } catch {
          yield* sleep(50);
          return current().signal.aborted;
        }
        return 'not reached';
      })(),
    );
    void clock.advance(100);
    expect(await done).toBe(false);
  });

  it('abort the signal of what runs inside, and only that', async () => {
    const { clock, executor } = harness();
    const seen: boolean[] = [];
    const done = executor.run(
      task(function* () {
        const outer = current().signal;
        let inner: AbortSignal | undefined;
        try {
          yield* timeout(
            10,
            group(function* () {
              inner = current().signal;
              yield* sleep(100);
            }),
          );
        } catch {
          seen.push(inner?.aborted === true, outer.aborted);
        }
      })(),
    );
    void clock.advance(100);
    await done;
    expect(seen).toEqual([true, false]);
  });

  it('refuse what is no time and what is no operation', () => {
    const { say } = harness();
    expect(() => timeout(0, say('a', 1))).toThrow('Expected `ms` to be a number above 0, got 0');
    expect(() => timeout(5, 5 as never)).toThrow('Expected timeout(time, operation) with something to await, got the number 5');
  });
});

describe('shield', () => {
  it('holds a cancellation back until the shielded work is done', async () => {
    const { clock, executor, log, say } = harness();
    const handle = executor.submit(
      task(function* () {
        yield* shield(say('committed', 50));
        log.push('after');
        yield* sleep(1);
        log.push('not reached');
      })(),
    );
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(60);
    expect(await failureOf(handle.result)).toMatchObject({ cause: 'stop' });
    expect(log).toEqual(['committed', 'after']);
    expect(clock.armed).toBe(0);
  });

  it('protects the children that were spawned inside', async () => {
    const { clock, executor, log, say } = harness();
    const handle = executor.submit(
      task(function* () {
        yield* shield(
          group(function* (g) {
            g.spawn(say('child', 30));
            yield* sleep(10);
          }),
        );
      })(),
    );
    await clock.advance(1);
    handle.cancel();
    await clock.advance(60);
    expect(log).toEqual(['child']);
    await failureOf(handle.result).catch(() => {});
  });

  it('lets a timeout inside it work', async () => {
    const { clock, executor, say, log } = harness();
    const handle = executor.submit(
      task(function* () {
        try {
          yield* shield(timeout(20, say('rollback', 1_000)));
        } catch (error) {
          log.push((error as Error).name);
        }
        yield* sleep(1);
      })(),
    );
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(19);
    expect(await failureOf(handle.result)).toMatchObject({ cause: 'stop' });
    expect(log).toEqual(['rollback cancelled', 'TaskTimeoutError']);
  });

  it('outlasts the grace period, which begins at its end', async () => {
    const { clock, executor, log } = harness({ graceMs: 10 });
    const handle = executor.submit(
      task(function* () {
        try {
          yield* shield(sleep(100));
          yield* sleep(1_000);
        } finally {
          yield* sleep(5);
          log.push('cleaned up');
        }
      })(),
    );
    await clock.advance(1);
    handle.cancel();
    await clock.advance(200);
    expect(log).toEqual(['cleaned up']);
    await failureOf(handle.result);
  });
});

describe('use', () => {
  const resource = (log: string[], name: string) => ({ name, [Symbol.dispose]: () => void log.push(`${name} closed`) });
  const slowResource = (log: string[], name: string, open: Promise<void>) => ({
    async [Symbol.asyncDispose]() {
      await open;
      log.push(`${name} closed`);
    },
  });

  it('disposes of resources at the end of the task, last one first, after its children', async () => {
    const { clock, executor, log, say } = harness();
    const done = executor.run(
      task(function* () {
        const first = yield* use(resource(log, 'first'));
        yield* use(slowResource(log, 'second', Promise.resolve()));
        yield* spawn(say('child', 10));
        return first.name;
      })(),
    );
    void clock.advance(10);
    expect(await done).toBe('first');
    expect(log).toEqual(['child', 'second closed', 'first closed']);
  });

  it('disposes under cancellation, and of each although one fails', async () => {
    const { clock, executor, log } = harness();
    const handle = executor.submit(
      task(function* () {
        yield* use(resource(log, 'first'));
        yield* use({
          [Symbol.dispose]() {
            throw new Error('will not close');
          },
        });
        yield* sleep(1_000);
      })(),
    );
    await clock.advance(1);
    handle.cancel('stop');
    const error = (await failureOf(handle.result)) as Error & { suppressed: Error[] };
    expect(error.cause).toBe('stop');
    expect(error.suppressed.map((each) => each.message)).toEqual(['will not close']);
    expect(log).toEqual(['first closed']);
  });

  it('belongs to the innermost scope', async () => {
    const { executor, log } = harness();
    await executor.run(
      task(function* () {
        yield* group(function* () {
          yield* use(resource(log, 'inner'));
        });
        log.push('group ended');
      })(),
    );
    expect(log).toEqual(['inner closed', 'group ended']);
  });

  it('lets a disposal that never ends go after the grace period', async () => {
    const { clock, executor } = harness({ graceMs: 10 });
    const handle = executor.submit(
      task(function* () {
        yield* use(slowResource([], 'stuck', new Promise(() => {})));
      })(),
    );
    await clock.advance(1);
    handle.cancel('stop');
    void clock.advance(20);
    expect(await failureOf(handle.result)).toMatchObject({ cause: 'stop' });
  });

  it('refuses what cannot be disposed of', () => {
    expect(() => use({} as never)).toThrow('Expected use() of a resource with [Symbol.dispose] or [Symbol.asyncDispose], got an object');
  });
});

describe('on', () => {
  it('hops to another executor and back', async () => {
    const { executor } = harness();
    await using other = new InlineExecutor();
    const double = task((n: number) => n * 2);
    expect(
      await executor.run(
        task(function* () {
          return (yield* on(other, double(20))) + 2;
        })(),
      ),
    ).toBe(42);
  });

  it('passes cancellation on and waits for the end over there', async () => {
    const { clock, executor, log } = harness();
    const other = new InlineExecutor({ clock });
    const remote = task(function* () {
      try {
        yield* sleep(1_000);
      } finally {
        yield* sleep(5);
        log.push('remote ended');
      }
    });
    const handle = executor.submit(
      task(function* () {
        try {
          yield* on(other, remote());
        } finally {
          log.push('back');
        }
      })(),
    );
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(5);
    expect(await failureOf(handle.result)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' });
    expect(log).toEqual(['remote ended', 'back']);
  });

  it('throws what the other executor throws for a call that it does not accept', async () => {
    const { executor } = harness();
    const closed = new InlineExecutor();
    await closed.close();
    const hop = executor.run(
      task(function* () {
        yield* on(closed, task(() => 1)());
      })(),
    );
    expect(await failureOf(hop)).toMatchObject({ code: 'ERR_HEDDLE_CLOSED' });
  });
});

describe('group', () => {
  const fail = task(function* (ms: number, text: string) {
    yield* sleep(ms);
    throw new Error(text);
  });

  it('collects all failures when asked to, and lets the others finish', async () => {
    const { clock, run, say, log } = harness();
    const collected = run(
      group(
        function* (g) {
          g.spawn(fail(5, 'one'));
          g.spawn(fail(10, 'two'));
          g.spawn(say('finished', 20));
          yield* sleep(1);
        },
        { onError: 'collect' },
      ),
    );
    void clock.advance(20);
    const error = (await failureOf(collected)) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map((each: Error) => each.message)).toEqual(['one', 'two']);
    expect(log).toEqual(['finished']);
  });

  it('is cancelled by its signal, and removes its listener', async () => {
    const { clock, run, say } = harness();
    const controller = new AbortController();
    const grouped = run(
      group(
        function* (g) {
          g.spawn(say('child', 100));
          yield* until(() => new Promise(() => {}));
        },
        { signal: controller.signal },
      ),
    );
    await clock.advance(1);
    controller.abort('over');
    expect(await failureOf(grouped)).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'over' });
  });

  it('is bounded by its timeout', async () => {
    const { clock, run, say, log } = harness();
    const grouped = run(
      group(
        function* (g) {
          g.spawn(say('child', 100));
          yield* sleep(1);
        },
        { timeoutMs: 10 },
      ),
    );
    void clock.advance(100);
    expect(await failureOf(grouped)).toMatchObject({ code: 'ERR_HEDDLE_TIMEOUT', limitMs: 10 });
    expect(log).toEqual(['child cancelled']);
  });
});
