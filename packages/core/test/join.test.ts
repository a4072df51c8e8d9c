import { describe, expect, it } from 'vitest';
import { CancelledError, InlineExecutor, join, sleep, spawn, task, yieldNow, type Call, type Coroutine } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

const after = task(function* (turns: number, value: unknown) {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  return value;
});

const failing = task(function* (message: string, turns: number): Coroutine<never> {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  throw new Error(message);
});

/** Sleeps until it is cancelled, and cleans up. */
const sleeper = task(function* (log: string[]) {
  try {
    yield* sleep(1_000_000);
  } finally {
    yield* yieldNow();
    log.push('cleaned up');
  }
});

const fib = task(function* (n: number): Coroutine<number> {
  if (n < 2) return n;
  const [left, right] = yield* join(fib(n - 1), fib(n - 2));
  return left + right;
});

/** Runs `join(first, second)` in a task of its own. */
const joinOf = task(function* (first: Call<unknown>, second: Call<unknown>) {
  return yield* join(first, second);
});

describe('join', () => {
  it('gives both values, whichever comes first', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(joinOf(after(3, 'a'), after(0, 'b')))).toEqual(['a', 'b']);
    expect(await executor.run(joinOf(after(0, 'a'), after(3, 'b')))).toEqual(['a', 'b']);
  });

  it('nests', async () => {
    expect(await new InlineExecutor().run(fib(15))).toBe(610);
  });

  it('runs the first at once, in the task itself, and the second beside it', async () => {
    const log: string[] = [];
    const note = task(function* (name: string, turns: number) {
      for (let turn = 0; turn < turns; turn++) {
        log.push(`${name}${turn}`);
        yield* yieldNow();
      }
    });
    await new InlineExecutor().run(joinOf(note('a', 2), note('b', 2)));
    expect(log).toEqual(['a0', 'b0', 'a1', 'b1']);
  });

  it('cancels the second when the first fails, and throws once it has ended', async () => {
    const log: string[] = [];
    const main = task(function* () {
      try {
        yield* join(failing('first', 2), sleeper(log));
      } catch (error) {
        log.push((error as Error).message);
        throw error;
      }
    });
    await expect(new InlineExecutor().run(main())).rejects.toThrow('first');
    expect(log).toEqual(['cleaned up', 'first']);
  });

  it('cancels the first when the second fails, and throws once it has ended', async () => {
    const log: string[] = [];
    const error = await failureOf(new InlineExecutor().run(joinOf(sleeper(log), failing('second', 2))));
    expect(error).toMatchObject({ message: 'second' });
    expect(log).toEqual(['cleaned up']);
  });

  it('never starts the second when the first fails before it could', async () => {
    let hasRun = false;
    const late = task(() => {
      hasRun = true;
    });
    await expect(new InlineExecutor().run(joinOf(failing('at once', 0), late()))).rejects.toThrow('at once');
    expect(hasRun).toBe(false);
  });

  it('throws the failure that came first and keeps the other with it', async () => {
    const stubborn = task(function* () {
      try {
        yield* sleep(1_000_000);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
        throw new Error('in the clean-up');
      }
    });
    const error = await failureOf(new InlineExecutor().run(joinOf(failing('first', 1), stubborn())));
    expect(error).toMatchObject({ message: 'first', suppressed: [{ message: 'in the clean-up' }] });
  });

  it('passes a cancellation on to both', async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const handle = new InlineExecutor({ clock }).submit(joinOf(sleeper(log), sleeper(log)));
    await clock.advance(1);
    handle.cancel('enough');
    expect(await failureOf(handle.result)).toBeInstanceOf(CancelledError);
    expect(log).toEqual(['cleaned up', 'cleaned up']);
  });

  it('can be awaited again, and runs anew', async () => {
    let runs = 0;
    const count = task(() => ++runs);
    const twice = task(function* () {
      const both = join(count(), count());
      return [yield* both, yield* both];
    });
    const results = await new InlineExecutor().run(twice());
    expect(results.map(([first, second]) => first + second)).toEqual([3, 7]);
  });

  it('takes two calls and nothing else', async () => {
    expect(() => join(after(0, 1), 2 as never)).toThrow(new TypeError('Expected join() of two calls, such as join(fib(30), fib(29)), got the number 2 as the second'));
    expect(() => join([after(0, 1)] as never, after(0, 1))).toThrow('as the first');
    const main = task(function* () {
      const handle = yield* spawn(after(0, 1));
      return yield* join(handle as never, after(0, 1));
    });
    await expect(new InlineExecutor().run(main())).rejects.toThrow(TypeError);
  });

  it('needs a task', () => {
    expect(() => join(after(0, 1), after(0, 2))[Symbol.iterator]().next()).toThrow('inside a task');
  });
});
