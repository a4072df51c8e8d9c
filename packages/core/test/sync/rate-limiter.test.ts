import { describe, expect, it } from 'vitest';
import { InlineExecutor, isCancelled, RateLimiter, sleep, task, timeout } from '@heddle/core';
import { FakeClock } from '../fake-clock.ts';
import { failureOf } from '../failure-of.ts';
import { Stage } from './stage.ts';

function scene(options: { limit: number; perMs: number; burst?: number }) {
  const stage = new Stage();
  const limiter = new RateLimiter({ ...options, name: 'requests' });
  const user = (name: string, count = 1) =>
    stage.start(name, function* () {
      yield* limiter.acquire(count);
      return `${stage.clock.now()} ms`;
    });
  return { stage, limiter, user };
}

describe('a RateLimiter', () => {
  it('hands its permits out at even distances', async () => {
    const { stage, limiter, user } = scene({ limit: 10, perMs: 1_000 });
    for (const name of ['a', 'b', 'c']) user(name);
    expect(await stage.told(50)).toEqual(['a: 0 ms']);
    expect(limiter.statistics()).toEqual({ limit: 10, perMs: 1_000, burst: 1, granted: 1, waiting: 2 });
    expect(await stage.told(150)).toEqual(['b: 100 ms', 'c: 200 ms']);
    expect(limiter.statistics()).toMatchObject({ granted: 3, waiting: 0 });
  });

  it('saves up to `burst` permits in a quiet time', async () => {
    const { stage, user } = scene({ limit: 10, perMs: 1_000, burst: 3 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) user(name);
    expect(await stage.told()).toEqual(['a: 0 ms', 'b: 0 ms', 'c: 0 ms']);
    expect(await stage.told(1_000)).toEqual(['d: 100 ms', 'e: 200 ms']);
    // 800 ms of quiet time make 8, of which 3 are kept.
    for (const name of ['f', 'g', 'h', 'i']) user(name);
    expect(await stage.told()).toEqual(['f: 1000 ms', 'g: 1000 ms', 'h: 1000 ms']);
    expect(await stage.told(100)).toEqual(['i: 1100 ms']);
  });

  it('takes requests of several permits, and lets no small one pass a large one', async () => {
    const { stage, user } = scene({ limit: 1, perMs: 10, burst: 4 });
    user('four', 4);
    user('three', 3);
    user('one', 1);
    expect(await stage.told()).toEqual(['four: 0 ms']);
    expect(await stage.told(29)).toEqual([]);
    expect(await stage.told(1)).toEqual(['three: 30 ms']);
    expect(await stage.told(10)).toEqual(['one: 40 ms']);
  });

  it('is not upset by a clock that jumps', async () => {
    const { stage, limiter, user } = scene({ limit: 1, perMs: 10, burst: 2 });
    for (let n = 0; n < 5; n++) user(`early ${n}`);
    // A day later all of them have had their permits in their turn; what was not used in between is lost but for the burst.
    expect(await stage.told(24 * 3_600_000)).toEqual(['early 0: 0 ms', 'early 1: 0 ms', 'early 2: 10 ms', 'early 3: 20 ms', 'early 4: 30 ms']);
    for (let n = 0; n < 3; n++) user(`late ${n}`);
    expect(await stage.told(10)).toEqual(['late 0: 86400000 ms', 'late 1: 86400000 ms', 'late 2: 86400010 ms']);
    expect(limiter.statistics()).toMatchObject({ granted: 8, waiting: 0 });
    expect(stage.clock.armed).toBe(0);
  });

  it('keeps to its rate over many permits, without errors that add up', async () => {
    const { stage, limiter } = scene({ limit: 3, perMs: 100 });
    stage.start('busy', function* () {
      for (let n = 0; n < 3_001; n++) yield* limiter.acquire();
      return stage.clock.now();
    });
    const [told] = await stage.told(200_000);
    expect(Number(told?.replace('busy: ', ''))).toBeCloseTo(100_000, 2);
  });

  it('arms one timer, however many tasks wait', async () => {
    const { stage, user } = scene({ limit: 1, perMs: 10 });
    for (let n = 0; n < 100; n++) user(`${n}`);
    await stage.told();
    expect(stage.clock.armed).toBe(1);
  });

  it('is tried for without waiting', async () => {
    const { stage, limiter, user } = scene({ limit: 1, perMs: 10, burst: 2 });
    stage.start('trying', function* () {
      stage.tell(`both: ${limiter.tryAcquire(2)}, one more: ${limiter.tryAcquire()}`);
      yield* sleep(15);
      // There would be a permit, but somebody waits for two.
      stage.tell(`while another waits: ${limiter.tryAcquire()}`);
    });
    await stage.told(5);
    user('two', 2);
    expect(await stage.told(15)).toEqual(['while another waits: false', 'trying done', 'two: 20 ms']);
  });
});

describe('cancelling a task that waits for a rate limiter', () => {
  it('takes no permit, and lets those behind it go when they can', async () => {
    const { stage, limiter, user } = scene({ limit: 1, perMs: 10, burst: 5 });
    user('all', 5);
    const cancelled = user('large', 5);
    user('small', 1);
    await stage.told(25);
    cancelled.cancel();
    expect(await stage.told()).toEqual(['small: 25 ms', 'large failed: ERR_HEDDLE_CANCELLED']);
    expect(limiter.statistics()).toMatchObject({ granted: 6, waiting: 0 });
    expect(stage.clock.armed).toBe(0);
  });

  it('leaves no timer when it was the last', async () => {
    const { stage, limiter, user } = scene({ limit: 1, perMs: 1_000 });
    user('first');
    const cancelled = user('cancelled');
    await stage.told();
    cancelled.cancel();
    await stage.told();
    expect(limiter.statistics().waiting).toBe(0);
    expect(stage.clock.armed).toBe(0);
  });

  it('in the moment in which it is given the permit, spends it', async () => {
    const { stage, limiter, user } = scene({ limit: 1, perMs: 10, burst: 2 });
    user('first', 2);
    const large = user('large', 2);
    const unlucky = stage.start('unlucky', function* () {
      yield* limiter.acquire();
      try {
        yield* sleep(1);
      } catch (error) {
        stage.tell(`granted, then cancelled: ${isCancelled(error)}`);
      }
    });
    await stage.told(15);
    // There is a permit, and now nobody is left who came earlier.
    large.cancel();
    unlucky.cancel();
    expect(await stage.told()).toEqual(['granted, then cancelled: true', 'unlucky done', 'large failed: ERR_HEDDLE_CANCELLED']);
    expect(limiter.statistics()).toMatchObject({ granted: 3, waiting: 0 });
  });

  it('by a timeout, too', async () => {
    const { stage, limiter } = scene({ limit: 1, perMs: 100 });
    stage.start('impatient', function* () {
      yield* limiter.acquire();
      yield* timeout(50, limiter.acquire());
    });
    expect(await stage.told(50)).toEqual(['impatient failed: ERR_HEDDLE_TIMEOUT']);
    expect(limiter.statistics()).toMatchObject({ granted: 1, waiting: 0 });
  });
});

describe('misuse of a rate limiter', () => {
  it('from executors of different clocks is refused', async () => {
    const limiter = new RateLimiter({ limit: 1, perMs: 1, name: 'requests' });
    const acquire = task(function* acquire() {
      yield* limiter.acquire();
    });
    await new InlineExecutor({ clock: new FakeClock() }).run(acquire());
    expect(await failureOf(new InlineExecutor({ clock: new FakeClock() }).run(acquire()))).toMatchObject({
      message: 'Expected all tasks that use rate limiter requests to share a clock, got task acquire of an executor with another one',
    });
  });

  it('is refused with what was expected and what was got', () => {
    const { limiter } = scene({ limit: 1, perMs: 1, burst: 2 });
    expect(() => limiter.acquire(3)).toThrow(new RangeError('Expected `count` to be an integer of at least 1 and at most 2, got 3'));
    expect(() => limiter.tryAcquire()).toThrow('Expected tryAcquire() of rate limiter requests inside a task that an executor runs, got a call outside of any task');
    expect(() => new RateLimiter({ limit: 0, perMs: 1 })).toThrow('Expected `limit` to be a number above 0, got 0');
    expect(() => new RateLimiter({ limit: 1, perMs: Infinity })).toThrow('Expected `perMs` to be a number above 0, got Infinity');
    expect(() => new RateLimiter({ limit: 1, perMs: 1, burst: 0.5 })).toThrow('Expected `burst` to be an integer of at least 1, got 0.5');
    expect(() => new RateLimiter(undefined as never)).toThrow('Expected the options of a rate limiter to be an object, got undefined');
  });
});
