import { describe, expect, it } from 'vitest';
import { Channel, group, isCancelled, sleep, timeout, type TaskGroup } from '@heddle/core';
import { settle } from '../fake-clock.ts';
import { Stage } from './stage.ts';

function scene(capacity: number) {
  const stage = new Stage();
  const channel = new Channel<string>(capacity, { name: 'lines' });
  /** Sends one item after the other. */
  const sender = (name: string, ...items: string[]) =>
    stage.start(name, function* () {
      for (const item of items) {
        yield* channel.send(item);
        stage.tell(`sent ${item}`);
      }
    });
  /** Receives one item. */
  const receiver = (name: string) =>
    stage.start(name, function* () {
      const item = yield* channel.next();
      return item.done === true ? 'the end' : item.value;
    });
  return { stage, channel, sender, receiver };
}

describe('a Channel', () => {
  it('gives items in the order in which they were sent', async () => {
    const { stage, sender, receiver } = scene(3);
    sender('s', 'one', 'two');
    await stage.told();
    receiver('a');
    receiver('b');
    expect(await stage.told()).toEqual(['a: one', 'b: two']);
  });

  it('holds as many items as its capacity, and then its senders back', async () => {
    const { stage, channel, sender, receiver } = scene(2);
    sender('s', 'one', 'two', 'three');
    expect(await stage.told()).toEqual(['sent one', 'sent two']);
    expect(channel.statistics()).toEqual({ capacity: 2, buffered: 2, sending: 1, receiving: 0, isClosed: false });
    receiver('r');
    expect(await stage.told()).toEqual(['r: one', 'sent three', 's done']);
    expect(channel.statistics()).toMatchObject({ buffered: 2, sending: 0 });
  });

  it('of capacity 0 is a rendezvous: sending ends when a receiver has the item', async () => {
    const { stage, channel, sender, receiver } = scene(0);
    sender('s', 'one');
    expect(await stage.told()).toEqual([]);
    expect(channel.statistics()).toMatchObject({ buffered: 0, sending: 1 });
    receiver('r');
    expect(await stage.told()).toEqual(['r: one', 'sent one', 's done']);
  });

  it('of capacity Infinity never holds a sender back', async () => {
    const { stage, channel, sender } = scene(Infinity);
    sender('s', ...Array.from({ length: 1_000 }, (_, index) => `${index}`));
    expect((await stage.told()).at(-1)).toBe('s done');
    expect(channel.statistics()).toMatchObject({ buffered: 1_000, sending: 0 });
  });

  it('serves senders and receivers first come, first served', async () => {
    const { stage, sender, receiver } = scene(0);
    for (const name of ['a', 'b', 'c']) receiver(name);
    await stage.told();
    sender('s', 'one', 'two', 'three');
    expect((await stage.told()).filter((what) => what.includes(':'))).toEqual(['a: one', 'b: two', 'c: three']);
    for (const name of ['x', 'y']) sender(name, name);
    await stage.told();
    receiver('d');
    receiver('e');
    expect((await stage.told()).filter((what) => what.includes(':'))).toEqual(['d: x', 'e: y']);
  });

  it('is tried for without waiting, inside of tasks or outside', async () => {
    const { stage, channel, receiver } = scene(1);
    expect(channel.tryReceive()).toBe(undefined);
    expect(channel.trySend('one')).toBe(true);
    expect(channel.trySend('two')).toBe(false);
    expect(channel.tryReceive()).toEqual({ done: false, value: 'one' });
    receiver('r');
    await stage.told();
    expect(channel.trySend('three')).toBe(true);
    expect(await stage.told()).toEqual(['r: three']);
  });

  it('of capacity 0 takes an item without waiting only if somebody waits for it', async () => {
    const { stage, channel, sender } = scene(0);
    expect(channel.trySend('nobody waits')).toBe(false);
    sender('s', 'one');
    await stage.told();
    expect(channel.tryReceive()).toEqual({ done: false, value: 'one' });
    expect(await stage.told()).toEqual(['sent one', 's done']);
  });
});

describe('closing a channel', () => {
  it('lets what it holds be received, and then ends', async () => {
    const { stage, channel, sender, receiver } = scene(2);
    sender('s', 'one', 'two');
    await stage.told();
    channel.close();
    expect(channel.statistics()).toMatchObject({ buffered: 2, isClosed: true });
    for (const name of ['a', 'b', 'c']) receiver(name);
    expect(await stage.told()).toEqual(['a: one', 'b: two', 'c: the end']);
    expect(channel.tryReceive()).toEqual({ done: true, value: undefined });
  });

  it('ends those who wait to receive', async () => {
    const { stage, channel, receiver } = scene(0);
    receiver('r');
    stage.start('throws', function* () {
      yield* channel.receive();
    });
    await stage.told();
    channel.close();
    expect(await stage.told()).toEqual(['r: the end', 'throws failed: ERR_HEDDLE_CHANNEL_CLOSED']);
  });

  it('refuses those who wait to send: their item was not accepted', async () => {
    const { stage, channel, sender, receiver } = scene(1);
    sender('s', 'kept', 'refused');
    await stage.told();
    channel.close();
    expect(await stage.told()).toEqual(['s failed: ERR_HEDDLE_CHANNEL_CLOSED']);
    receiver('a');
    receiver('b');
    expect(await stage.told()).toEqual(['a: kept', 'b: the end']);
  });

  it('with an error gives the error to receivers at the end, and as the cause to senders', async () => {
    const { stage, channel, receiver } = scene(1);
    channel.trySend('one');
    const failure = new Error('disk full');
    channel.close(failure);
    receiver('a');
    receiver('b');
    expect(await stage.told()).toEqual(['a: one', 'b failed: disk full']);
    expect(() => channel.trySend('two')).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CHANNEL_CLOSED', cause: failure }));
    expect(() => channel.tryReceive()).toThrow(failure);
  });

  it('has no effect the second time', async () => {
    const { channel } = scene(1);
    channel.close();
    channel.close(new Error('too late'));
    expect(channel.tryReceive()).toEqual({ done: true, value: undefined });
    expect(channel.isClosed).toBe(true);
  });
});

describe('cancelling', () => {
  it('a task that waits to send takes its item back', async () => {
    const { stage, channel, sender, receiver } = scene(0);
    const head = sender('head', 'one');
    sender('s', 'two');
    await stage.told();
    head.cancel();
    receiver('r');
    expect(await stage.told()).toEqual(['head failed: ERR_HEDDLE_CANCELLED', 'r: two', 'sent two', 's done']);
    expect(channel.statistics()).toMatchObject({ sending: 0, receiving: 0 });
  });

  it('a task that waits to receive leaves the item to the next one', async () => {
    const { stage, sender, receiver } = scene(0);
    const head = receiver('head');
    receiver('next');
    await stage.told();
    head.cancel();
    sender('s', 'one');
    expect(await stage.told()).toEqual(['head failed: ERR_HEDDLE_CANCELLED', 'sent one', 's done', 'next: one']);
  });

  it('a task in the moment in which it is handed an item lets it have the item', async () => {
    const { stage, channel } = scene(0);
    const unlucky = stage.start('unlucky', function* () {
      const item = yield* channel.receive();
      try {
        yield* sleep(1);
      } catch (error) {
        stage.tell(`has ${item}, and was cancelled: ${isCancelled(error)}`);
      }
    });
    await stage.told();
    expect(channel.trySend('one')).toBe(true);
    unlucky.cancel();
    expect(await stage.told()).toEqual(['has one, and was cancelled: true', 'unlucky done']);
  });

  it('by way of a scope around the wait, or a timeout, loses no item', async () => {
    const { stage, channel } = scene(0);
    const scopes: TaskGroup[] = [];
    stage.start('lucky', function* () {
      return yield* group(function* (scope) {
        scopes.push(scope);
        return yield* channel.receive();
      });
    });
    await stage.told();
    // In the very moment in which it is handed the item.
    channel.trySend('one');
    scopes[0]?.cancel();
    expect(await stage.told()).toEqual(['lucky: one']);
    stage.start('impatient', function* () {
      yield* timeout(5, channel.receive());
    });
    expect(await stage.told(5)).toEqual(['impatient failed: ERR_HEDDLE_TIMEOUT']);
    expect(channel.trySend('two')).toBe(false);
  });
});

describe('a channel outside of tasks', () => {
  it('is an async iterable that holds its senders back, and ends when it is closed', async () => {
    const { stage, channel, sender } = scene(0);
    sender('s', 'one', 'two');
    const items: string[] = [];
    const loop = (async () => {
      for await (const item of channel) items.push(item);
    })();
    expect(await stage.told()).toEqual(['sent one', 'sent two', 's done']);
    channel.close();
    await loop;
    expect(items).toEqual(['one', 'two']);
  });

  it('stays open when a loop is left, and keeps what that has not received', async () => {
    const { stage, channel, sender } = scene(0);
    sender('s', 'one', 'two');
    for await (const item of channel) {
      expect(item).toBe('one');
      break;
    }
    await stage.told();
    expect(channel.tryReceive()).toEqual({ done: false, value: 'two' });
  });

  it('shares its items among loops and tasks, first come, first served', async () => {
    const { stage, channel, sender, receiver } = scene(0);
    const iterator = channel[Symbol.asyncIterator]();
    const first = iterator.next();
    receiver('r');
    await stage.told();
    const third = iterator.next();
    sender('s', 'one', 'two', 'three');
    await stage.told();
    expect([(await first).value, (await third).value]).toEqual(['one', 'three']);
  });

  it('lets a loop that waits be ended from outside', async () => {
    const { channel } = scene(0);
    const iterator = channel[Symbol.asyncIterator]();
    const pending = [iterator.next(), iterator.next()];
    await settle();
    expect(channel.statistics().receiving).toBe(2);
    await iterator.return?.();
    expect(await Promise.all(pending)).toEqual([{ done: true, value: undefined }, { done: true, value: undefined }]);
    expect(channel.statistics().receiving).toBe(0);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('throws into the loop what it was closed with', async () => {
    const { channel } = scene(1);
    channel.trySend('one');
    channel.close(new Error('disk full'));
    const items: string[] = [];
    await expect(
      (async () => {
        for await (const item of channel) items.push(item);
      })(),
    ).rejects.toThrow('disk full');
    expect(items).toEqual(['one']);
  });
});

describe('misuse of a channel', () => {
  it('is refused with what was expected and what was got', () => {
    const { channel } = scene(1);
    channel.close();
    expect(() => channel.trySend('late')).toThrow('Expected send() to an open channel lines, got one that is closed');
    expect(() => new Channel(-1)).toThrow(new RangeError('Expected `capacity` to be an integer of at least 0 (or Infinity), got -1'));
    expect(() => new Channel(1.5)).toThrow(RangeError);
    expect(() => new Channel('1' as never)).toThrow(new TypeError("Expected `capacity` to be an integer of at least 0 (or Infinity), got the string '1'"));
    const iterator = channel.send('x')[Symbol.iterator]();
    expect(() => iterator.next()).toThrow('Expected `yield*` of send() to channel lines inside a task that an executor runs, got one outside of any task');
  });
});
