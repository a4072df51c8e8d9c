import { describe, expect, it } from 'vitest';
import { Latch } from '@heddle/core';
import { Stage } from './stage.ts';

function scene(count: number) {
  const stage = new Stage();
  const latch = new Latch(count, { name: 'replicas' });
  const waiter = (name: string) =>
    stage.start(name, function* () {
      yield* latch.wait();
    });
  return { stage, latch, waiter };
}

describe('a Latch', () => {
  it('opens with the last count, for all who wait, in order of arrival', async () => {
    const { stage, latch, waiter } = scene(3);
    waiter('a');
    waiter('b');
    await stage.told();
    latch.countDown();
    latch.countDown();
    expect(await stage.told()).toEqual([]);
    expect(latch.statistics()).toEqual({ remaining: 1, waiting: 2 });
    latch.countDown();
    expect(await stage.told()).toEqual(['a done', 'b done']);
    expect(latch.statistics()).toEqual({ remaining: 0, waiting: 0 });
  });

  it('stays open for whoever comes later', async () => {
    const { stage, latch, waiter } = scene(2);
    latch.countDown(2);
    waiter('late');
    expect(await stage.told()).toEqual(['late done']);
  });

  it('of count 0 is open from the beginning', async () => {
    const { stage, latch, waiter } = scene(0);
    expect(latch.remaining).toBe(0);
    waiter('a');
    expect(await stage.told()).toEqual(['a done']);
  });

  it('forgets a task that is cancelled while it waits', async () => {
    const { stage, latch, waiter } = scene(1);
    const cancelled = waiter('a');
    waiter('b');
    await stage.told();
    cancelled.cancel();
    expect(latch.statistics()).toEqual({ remaining: 1, waiting: 1 });
    latch.countDown();
    expect(await stage.told()).toEqual(['a failed: ERR_HEDDLE_CANCELLED', 'b done']);
  });

  it('refuses to count what has been counted', () => {
    const { latch } = scene(2);
    latch.countDown();
    expect(() => latch.countDown(2)).toThrow(new TypeError('Expected countDown() of at most the 1 that remain of latch replicas, got 2'));
    latch.countDown();
    expect(() => latch.countDown()).toThrow('Expected countDown() of at most the 0 that remain of latch replicas, got 1');
  });

  it('is misused outside of a task, or with wrong arguments', () => {
    const { latch } = scene(1);
    const iterator = latch.wait()[Symbol.iterator]();
    expect(() => iterator.next()).toThrow('Expected `yield*` of wait() for latch replicas inside a task that an executor runs, got one outside of any task');
    expect(() => latch.countDown(0)).toThrow('Expected `by` to be an integer of at least 1, got 0');
    expect(() => new Latch(-1)).toThrow(new RangeError('Expected `count` to be an integer of at least 0, got -1'));
    expect(() => new Latch(undefined as never)).toThrow(TypeError);
  });
});
