import { describe, expect, it } from 'vitest';
import { Condition, isCancelled, Mutex, sleep, task, timeout } from '@heddle/core';
import { Stage } from './stage.ts';

function scene() {
  const stage = new Stage();
  const mutex = new Mutex({ name: 'jobs' });
  const condition = new Condition(mutex, { name: 'not empty' });
  const waiter = (name: string, ms = 0) =>
    stage.start(name, function* () {
      using _guard = yield* mutex.lock();
      yield* condition.wait();
      stage.tell(`${name} was notified`);
      if (ms > 0) yield* sleep(ms);
    });
  return { stage, mutex, condition, waiter };
}

describe('a Condition', () => {
  it('lets a task that holds the mutex wait for what others do under it', async () => {
    const { stage, mutex, condition } = scene();
    const jobs: string[] = [];
    stage.start('consumer', function* () {
      using _guard = yield* mutex.lock();
      // In a loop, because others may have been there first.
      while (jobs.length === 0) yield* condition.wait();
      return jobs.shift();
    });
    await stage.told();
    expect(condition.statistics()).toEqual({ waiting: 1 });
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
    stage.start('producer', function* () {
      using _guard = yield* mutex.lock();
      jobs.push('a job');
      condition.notify();
      yield* sleep(5);
    });
    await stage.told();
    // Notified, but the producer has the mutex.
    expect(mutex.statistics()).toEqual({ held: 1, waiting: 1 });
    expect(await stage.told(5)).toEqual(['producer done', 'consumer: a job']);
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
  });

  it('notifies in order of arrival: one, several, or all', async () => {
    const { stage, condition, waiter } = scene();
    for (const name of ['a', 'b', 'c', 'd', 'e']) waiter(name);
    await stage.told();
    condition.notify();
    expect(await stage.told()).toEqual(['a was notified', 'a done']);
    condition.notify(2);
    expect(await stage.told()).toEqual(['b was notified', 'b done', 'c was notified', 'c done']);
    condition.notifyAll();
    expect((await stage.told()).filter((what) => what.endsWith('notified'))).toEqual(['d was notified', 'e was notified']);
  });

  it('lets one at a time go on: each holds the mutex again', async () => {
    const { stage, condition, waiter } = scene();
    waiter('a', 5);
    waiter('b', 5);
    await stage.told();
    condition.notifyAll();
    expect(await stage.told()).toEqual(['a was notified']);
    expect(await stage.told(5)).toEqual(['a done', 'b was notified']);
  });

  it('keeps no notification for later', async () => {
    const { stage, condition, waiter } = scene();
    condition.notify();
    waiter('a');
    expect(await stage.told()).toEqual([]);
    expect(condition.statistics()).toEqual({ waiting: 1 });
  });
});

describe('cancelling a task that waits for a condition', () => {
  it('gives it the mutex back before it cleans up', async () => {
    const { stage, mutex, condition } = scene();
    const waiting = stage.start('waiting', function* () {
      using _guard = yield* mutex.lock();
      try {
        yield* condition.wait();
      } catch (error) {
        stage.tell(`cancelled: ${isCancelled(error)}, held: ${mutex.statistics().held}`);
        throw error;
      }
    });
    await stage.told();
    waiting.cancel();
    expect(await stage.told()).toEqual(['cancelled: true, held: 1', 'waiting failed: ERR_HEDDLE_CANCELLED']);
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
    expect(condition.statistics()).toEqual({ waiting: 0 });
  });

  it('waits for the mutex where somebody else holds it, and leaves the notification to the next one', async () => {
    const { stage, mutex, condition, waiter } = scene();
    const cancelled = waiter('cancelled');
    waiter('next');
    stage.start('holder', function* () {
      using _guard = yield* mutex.lock();
      yield* sleep(5);
      condition.notify();
    });
    await stage.told();
    cancelled.cancel();
    expect(await stage.told(4)).toEqual([]);
    expect(await stage.told(1)).toEqual(['holder done', 'cancelled failed: ERR_HEDDLE_CANCELLED', 'next was notified', 'next done']);
  });

  it('in the moment after it was notified, lets it return normally: no notification is lost', async () => {
    const { stage, condition, waiter } = scene();
    const unlucky = waiter('unlucky', 5);
    await stage.told();
    condition.notify();
    unlucky.cancel();
    expect(await stage.told()).toEqual(['unlucky was notified', 'unlucky failed: ERR_HEDDLE_CANCELLED']);
  });

  it('by a timeout lets it go on inside the section', async () => {
    const { stage, mutex, condition } = scene();
    stage.start('patient', function* () {
      using _guard = yield* mutex.lock();
      try {
        yield* timeout(5, condition.wait());
      } catch (error) {
        stage.tell(`${(error as Error).name}, held: ${mutex.statistics().held}`);
      }
    });
    expect(await stage.told(5)).toEqual(['TaskTimeoutError, held: 1', 'patient done']);
    expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
  });
});

describe('misuse of a condition', () => {
  it('waiting without the mutex is refused', async () => {
    const { stage, condition, mutex } = scene();
    const handle = stage.start('main', function* () {
      yield* condition.wait();
    });
    await stage.told();
    expect(handle.outcome).toMatchObject({
      reason: { message: 'Expected wait() for condition not empty of mutex jobs by the task that holds the mutex, got one by task main, which does not' },
    });
    const child = task(function* child() {
      yield* condition.wait();
    });
    const other = stage.start('holder', function* () {
      using _guard = yield* mutex.lock();
      // With a limit of its own it is a task of its own, and the mutex is not its.
      yield* child().with({ timeoutMs: 100 });
    });
    await stage.told();
    expect(other.outcome).toMatchObject({ reason: { message: expect.stringMatching(/by task child, which does not$/) } });
  });

  it('is refused with what was expected and what was got', () => {
    const { condition, mutex } = scene();
    expect(() => new Condition({} as never)).toThrow("Expected a condition's `mutex` to be a Mutex, got an object");
    expect(() => new Condition(mutex, { name: 5 as never })).toThrow('Expected `name` to be a string, got the number 5');
    expect(() => condition.notify(0)).toThrow('Expected `count` to be an integer of at least 1, got 0');
    const iterator = condition.wait()[Symbol.iterator]();
    expect(() => iterator.next()).toThrow('inside a task that an executor runs, got one outside of any task');
  });
});
