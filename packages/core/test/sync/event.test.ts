import { describe, expect, it } from 'vitest';
import { Event } from '@heddle/core';
import { Stage } from './stage.ts';

function scene() {
  const stage = new Stage();
  const event = new Event({ name: 'drained' });
  const waiter = (name: string) =>
    stage.start(name, function* () {
      yield* event.wait();
    });
  return { stage, event, waiter };
}

describe('an Event', () => {
  it('wakes all who wait for it, in order of arrival', async () => {
    const { stage, event, waiter } = scene();
    for (const name of ['a', 'b', 'c']) waiter(name);
    expect(await stage.told()).toEqual([]);
    expect(event.statistics()).toEqual({ isSet: false, waiting: 3 });
    event.set();
    expect(event.statistics()).toEqual({ isSet: true, waiting: 0 });
    expect(await stage.told()).toEqual(['a done', 'b done', 'c done']);
  });

  it('that is set holds nobody, until it is cleared', async () => {
    const { stage, event, waiter } = scene();
    event.set();
    event.set();
    expect(event.isSet).toBe(true);
    waiter('a');
    expect(await stage.told()).toEqual(['a done']);
    event.clear();
    waiter('b');
    expect(await stage.told()).toEqual([]);
    expect(event.statistics()).toEqual({ isSet: false, waiting: 1 });
  });

  it('wakes those who wait even if it is cleared before their turn', async () => {
    const { stage, event, waiter } = scene();
    waiter('a');
    await stage.told();
    event.set();
    event.clear();
    expect(await stage.told()).toEqual(['a done']);
    expect(event.isSet).toBe(false);
  });

  it('forgets a task that is cancelled while it waits', async () => {
    const { stage, event, waiter } = scene();
    const cancelled = waiter('a');
    waiter('b');
    await stage.told();
    cancelled.cancel();
    expect(event.statistics()).toEqual({ isSet: false, waiting: 1 });
    event.set();
    expect(await stage.told()).toEqual(['a failed: ERR_HEDDLE_CANCELLED', 'b done']);
  });

  it('is misused outside of a task, or with wrong options', () => {
    const { event } = scene();
    const iterator = event.wait()[Symbol.iterator]();
    expect(() => iterator.next()).toThrow('Expected `yield*` of wait() for event drained inside a task that an executor runs, got one outside of any task');
    expect(() => new Event({ external: 'yes' as never })).toThrow("Expected `external` to be a boolean, got the string 'yes'");
  });
});
