import { describe, expect, it } from 'vitest';
import { group, isCancelled, Semaphore, sleep, timeout, type TaskGroup } from '@heddle/core';
import { Stage } from './stage.ts';

function scene(permits: number) {
  const stage = new Stage();
  const semaphore = new Semaphore(permits, { name: 'connections' });
  /** Takes permits, holds them for a while, and gives them back. */
  const user = (name: string, count = 1, ms = 10) =>
    stage.start(name, function* () {
      yield* semaphore.acquire(count);
      try {
        stage.tell(`${name} in`);
        yield* sleep(ms);
      } finally {
        semaphore.release(count);
      }
    });
  return { stage, semaphore, user };
}

describe('a Semaphore', () => {
  it('lets as many tasks in as it has permits', async () => {
    const { stage, semaphore, user } = scene(2);
    for (const name of ['a', 'b', 'c']) user(name);
    expect(await stage.told()).toEqual(['a in', 'b in']);
    expect(semaphore.statistics()).toEqual({ permits: 2, held: 2, waiting: 1 });
    expect(await stage.told(10)).toEqual(['a done', 'c in', 'b done']);
    expect(await stage.told(10)).toEqual(['c done']);
    expect(semaphore.statistics()).toEqual({ permits: 2, held: 0, waiting: 0 });
  });

  it('does not let small requests pass a large one that came before them', async () => {
    const { stage, user } = scene(3);
    user('first', 2);
    user('large', 3);
    user('small', 1);
    expect(await stage.told()).toEqual(['first in']);
    expect(await stage.told(10)).toEqual(['first done', 'large in']);
    expect(await stage.told(10)).toEqual(['large done', 'small in']);
  });

  it('is tried for without waiting, and without passing over those who wait', async () => {
    const { stage, semaphore, user } = scene(2);
    expect(semaphore.tryAcquire()).toBe(true);
    user('both', 2);
    await stage.told();
    expect(semaphore.tryAcquire()).toBe(false);
    semaphore.release();
    expect(await stage.told()).toEqual(['both in']);
  });

  it('takes permits back from anyone, inside of tasks or outside', async () => {
    const { stage, semaphore, user } = scene(1);
    semaphore.tryAcquire();
    user('a');
    expect(await stage.told()).toEqual([]);
    semaphore.release();
    expect(await stage.told()).toEqual(['a in']);
  });

  it('holds permits while a body runs, and has them back however it ends', async () => {
    const { stage, semaphore } = scene(2);
    stage.start('failing', function* () {
      yield* semaphore.with(function* () {
        stage.tell(`held: ${semaphore.statistics().held}`);
        yield* sleep(1);
        throw new Error('in the body');
      }, 2);
    });
    expect(await stage.told(1)).toEqual(['held: 2', 'failing failed: in the body']);
    expect(semaphore.statistics().held).toBe(0);
  });
});

describe('cancelling a task that waits for permits', () => {
  it('lets those behind it go on, if it was all that held them up', async () => {
    const { stage, semaphore, user } = scene(3);
    user('first', 2, 100);
    const large = user('large', 3);
    user('small', 1);
    await stage.told();
    large.cancel();
    expect(await stage.told()).toEqual(['small in', 'large failed: ERR_HEDDLE_CANCELLED']);
    expect(semaphore.statistics()).toEqual({ permits: 3, held: 3, waiting: 0 });
  });

  it('in the moment in which it is given them, lets it have them, so that its clean-up gives them back', async () => {
    const { stage, semaphore } = scene(1);
    semaphore.tryAcquire();
    const unlucky = stage.start('unlucky', function* () {
      yield* semaphore.acquire();
      try {
        stage.tell('has it');
        yield* sleep(1);
        stage.tell('not reached');
      } catch (error) {
        stage.tell(`cancelled: ${isCancelled(error)}`);
      } finally {
        semaphore.release();
      }
    });
    await stage.told();
    semaphore.release();
    unlucky.cancel();
    expect(semaphore.statistics()).toEqual({ permits: 1, held: 1, waiting: 0 });
    expect(await stage.told()).toEqual(['has it', 'cancelled: true', 'unlucky done']);
    expect(semaphore.statistics()).toEqual({ permits: 1, held: 0, waiting: 0 });
  });

  it('by way of a scope around the wait, in that very moment, lets it go on undisturbed', async () => {
    const { stage, semaphore } = scene(1);
    semaphore.tryAcquire();
    const scopes: TaskGroup[] = [];
    stage.start('lucky', function* () {
      yield* group(function* (scope) {
        scopes.push(scope);
        yield* semaphore.acquire();
      });
      stage.tell(`held: ${semaphore.statistics().held}`);
      semaphore.release();
    });
    await stage.told();
    semaphore.release();
    scopes[0]?.cancel();
    expect(await stage.told()).toEqual(['held: 1', 'lucky done']);
    expect(semaphore.statistics().held).toBe(0);
  });

  it('by a timeout leaves the permits to the others', async () => {
    const { stage, semaphore, user } = scene(1);
    user('first', 1, 8);
    stage.start('impatient', function* () {
      yield* timeout(5, semaphore.acquire());
    });
    user('next');
    expect(await stage.told(8)).toEqual(['first in', 'impatient failed: ERR_HEDDLE_TIMEOUT', 'first done', 'next in']);
  });
});

describe('misuse of a semaphore', () => {
  it('releasing what is not held is refused', () => {
    const { semaphore } = scene(3);
    expect(() => semaphore.release()).toThrow(new TypeError('Expected release() of at most the 0 permits of semaphore connections that are held, got 1'));
    semaphore.tryAcquire();
    expect(() => semaphore.release(2)).toThrow('Expected release() of at most the 1 permits of semaphore connections that are held, got 2');
    semaphore.release();
    expect(() => semaphore.release()).toThrow(TypeError);
    expect(semaphore.statistics()).toEqual({ permits: 3, held: 0, waiting: 0 });
  });

  it('is refused with what was expected and what was got', () => {
    const { semaphore } = scene(3);
    expect(() => new Semaphore(0)).toThrow(new RangeError('Expected `permits` to be an integer of at least 1, got 0'));
    expect(() => new Semaphore('2' as never)).toThrow(new TypeError("Expected `permits` to be an integer of at least 1, got the string '2'"));
    expect(() => semaphore.acquire(4)).toThrow('Expected `count` to be an integer of at least 1 and at most 3, got 4');
    expect(() => semaphore.tryAcquire(0)).toThrow('Expected `count` to be an integer of at least 1 and at most 3, got 0');
    expect(() => semaphore.release(0.5)).toThrow('Expected `count` to be an integer of at least 1 and at most 3, got 0.5');
    expect(() => semaphore.with(() => sleep(1), 9)).toThrow(RangeError);
  });
});
