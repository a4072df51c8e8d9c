import { describe, expect, it } from 'vitest';
import { all, Event, Mutex, sleep, spawn, task, timeout, type LockGuard } from '@heddle/core';
import { Stage } from './stage.ts';

/** A mutex, and a task that holds it until it is told to let go. */
function held() {
  const stage = new Stage();
  const mutex = new Mutex({ name: 'jobs' });
  const letGo = new Event();
  stage.start('holder', function* () {
    using _guard = yield* mutex.lock();
    yield* letGo.wait();
  });
  const locker = (name: string) =>
    stage.start(name, function* () {
      using _guard = yield* mutex.lock();
      stage.tell(`${name} in`);
      yield* sleep(1);
    });
  return { stage, mutex, letGo, locker };
}

describe('a Mutex', () => {
  it('lets one task at a time into a section that suspends', async () => {
    const { stage, mutex, letGo, locker } = held();
    locker('a');
    expect(await stage.told()).toEqual([]);
    expect(mutex.statistics()).toEqual({ held: 1, waiting: 1 });
    letGo.set();
    expect(await stage.told()).toEqual(['holder done', 'a in']);
    expect(await stage.told(1)).toEqual(['a done']);
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
  });

  it('is taken without suspending when it is free', async () => {
    const stage = new Stage();
    const mutex = new Mutex();
    stage.start('first', function* () {
      (yield* mutex.lock()).release();
      stage.tell('first has had it');
      yield* sleep(1);
    });
    stage.start('second', function* () {
      stage.tell('second begins');
    });
    expect(await stage.told()).toEqual(['first has had it', 'second begins', 'second done']);
  });

  it('serves first come, first served, and lets nobody barge in', async () => {
    const { stage, mutex, letGo, locker } = held();
    locker('a');
    locker('b');
    await stage.told();
    stage.start('barger', function* () {
      yield* letGo.wait();
      // It was released just now, and belongs to the first who waited already.
      stage.tell(`free: ${mutex.tryLock() !== undefined}`);
    });
    await stage.told();
    letGo.set();
    expect(await stage.told(20)).toEqual(['holder done', 'free: false', 'barger done', 'a in', 'a done', 'b in', 'b done']);
  });

  it('is released however the section ends', async () => {
    const stage = new Stage();
    const mutex = new Mutex();
    stage.start('failing', function* () {
      using _guard = yield* mutex.lock();
      throw new Error('in the section');
    });
    stage.start('with', function* () {
      yield* mutex.with(function* () {
        yield* sleep(1);
        throw new Error('in the body');
      });
    });
    stage.start('next', function* () {
      return yield* mutex.with(() => sleepAndReturn('value'));
    });
    expect(await stage.told(5)).toEqual(['failing failed: in the section', 'with failed: in the body', 'next: value']);
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
  });

  it('is tried for without waiting', async () => {
    const { stage, mutex, letGo } = held();
    stage.start('trying', function* () {
      expect(mutex.tryLock()).toBe(undefined);
      yield* sleep(20);
      const guard = mutex.tryLock();
      stage.tell(`free: ${guard !== undefined}`);
      guard?.release();
    });
    await stage.told(1);
    letGo.set();
    expect(await stage.told(20)).toEqual(['holder done', 'free: true', 'trying done']);
  });

  const sleepAndReturn = task(function* (value: string) {
    yield* sleep(1);
    return value;
  });

  it('may be tied to a scope, or taken by a child on behalf of its parent', async () => {
    const stage = new Stage();
    const [one, other] = [new Mutex(), new Mutex()];
    stage.start('main', function* () {
      const guards = yield* all([one.lock(), other.lock()]);
      stage.tell(`held: ${one.statistics().held + other.statistics().held}`);
      for (const guard of guards) guard.release();
      stage.tell(`held: ${one.statistics().held + other.statistics().held}`);
    });
    expect(await stage.told()).toEqual(['held: 2', 'held: 0', 'main done']);
  });
});

describe('cancelling a task that waits for a mutex', () => {
  it('takes it out of the queue, the first as well as the last', async () => {
    const { stage, mutex, letGo, locker } = held();
    const first = locker('first');
    locker('middle');
    const last = locker('last');
    await stage.told();
    first.cancel();
    last.cancel();
    expect(await stage.told()).toEqual(['first failed: ERR_HEDDLE_CANCELLED', 'last failed: ERR_HEDDLE_CANCELLED']);
    expect(mutex.statistics()).toEqual({ held: 1, waiting: 1 });
    letGo.set();
    expect(await stage.told(1)).toEqual(['holder done', 'middle in', 'middle done']);
  });

  it('in the moment in which it is handed the lock, gives it the lock, and the next one after it', async () => {
    const { stage, mutex, letGo, locker } = held();
    const unlucky = locker('unlucky');
    locker('next');
    await stage.told();
    stage.start('canceller', function* () {
      yield* letGo.wait();
      // The lock was handed over just now, and its new holder has not had its turn.
      unlucky.cancel();
    });
    await stage.told();
    letGo.set();
    expect(await stage.told()).toEqual(['holder done', 'canceller done', 'unlucky in', 'unlucky failed: ERR_HEDDLE_CANCELLED', 'next in']);
    expect(mutex.statistics()).toEqual({ held: 1, waiting: 0 });
  });

  it('by a timeout leaves the lock to the others', async () => {
    const { stage, mutex } = held();
    stage.start('impatient', function* () {
      yield* timeout(5, mutex.lock());
    });
    expect(await stage.told(5)).toEqual(['impatient failed: ERR_HEDDLE_TIMEOUT']);
    expect(mutex.statistics()).toEqual({ held: 1, waiting: 0 });
  });
});

describe('misuse of a mutex', () => {
  it('locking it again in the task that holds it is refused as a deadlock', async () => {
    const stage = new Stage();
    const mutex = new Mutex({ name: 'jobs' });
    const handle = stage.start('main', function* () {
      using _guard = yield* mutex.lock();
      yield* mutex.lock();
    });
    await stage.told();
    expect(handle.outcome).toMatchObject({
      reason: { code: 'ERR_HEDDLE_DEADLOCK', message: 'Expected task main to release mutex jobs first, got lock() by its holder: it would wait for itself' },
    });
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
  });

  it('releasing a guard twice, or in another task, is refused', async () => {
    const stage = new Stage();
    const mutex = new Mutex({ name: 'jobs' });
    const errors: string[] = [];
    const attempt = (guard: LockGuard): void => {
      try {
        guard.release();
      } catch (error) {
        errors.push((error as Error).message);
      }
    };
    stage.start('owner', function* () {
      const guard = yield* mutex.lock();
      const thief = task(function* thief() {
        attempt(guard);
      });
      yield* yield* spawn(thief());
      guard.release();
      attempt(guard);
      // A `using` after a release does nothing.
      guard[Symbol.dispose]();
    });
    await stage.told();
    expect(errors).toEqual([
      'Expected mutex jobs to be released by task owner, which holds it, got a release by task thief',
      'Expected a guard that holds mutex jobs, got one that was released before',
    ]);
    expect(mutex.statistics().held).toBe(0);
  });

  it('is refused with what was expected and what was got', () => {
    expect(() => new Mutex({ name: 5 as never })).toThrow('Expected `name` to be a string, got the number 5');
    expect(() => new Mutex('jobs' as never)).toThrow("Expected the options of a mutex to be an object, got the string 'jobs'");
    expect(() => new Mutex().tryLock()).toThrow('Expected tryLock() of mutex inside a task that an executor runs, got a call outside of any task');
    expect(() => new Mutex().with(5 as never)).toThrow('Expected mutex.with() of a generator function, got the number 5');
  });
});
