import { describe, expect, it } from 'vitest';
import { RwLock, sleep } from '@heddle/core';
import { Stage } from './stage.ts';

function scene() {
  const stage = new Stage();
  const lock = new RwLock({ name: 'routes' });
  const reader = (name: string, ms = 10) =>
    stage.start(name, function* () {
      using _guard = yield* lock.read();
      stage.tell(`${name} reads`);
      yield* sleep(ms);
    });
  const writer = (name: string, ms = 10) =>
    stage.start(name, function* () {
      using _guard = yield* lock.write();
      stage.tell(`${name} writes`);
      yield* sleep(ms);
    });
  return { stage, lock, reader, writer };
}

describe('an RwLock', () => {
  it('lets many read at a time', async () => {
    const { stage, lock, reader } = scene();
    for (const name of ['a', 'b', 'c']) reader(name);
    expect(await stage.told()).toEqual(['a reads', 'b reads', 'c reads']);
    expect(lock.statistics()).toEqual({ readers: 3, writers: 0, waiting: 0 });
  });

  it('lets one write, and nobody else in meanwhile', async () => {
    const { stage, lock, reader, writer } = scene();
    writer('w');
    reader('r');
    writer('v');
    expect(await stage.told()).toEqual(['w writes']);
    expect(lock.statistics()).toEqual({ readers: 0, writers: 1, waiting: 2 });
    expect(await stage.told(10)).toEqual(['w done', 'r reads']);
    expect(await stage.told(10)).toEqual(['r done', 'v writes']);
  });

  it('does not let readers that keep coming starve a writer', async () => {
    const { stage, reader, writer } = scene();
    reader('early', 10);
    await stage.told(5);
    writer('w');
    reader('late');
    expect(await stage.told(4)).toEqual([]);
    expect(await stage.told(1)).toEqual(['early done', 'w writes']);
    expect(await stage.told(10)).toEqual(['w done', 'late reads']);
  });

  it('does not let writers that keep coming starve readers: those in front go in together', async () => {
    const { stage, reader, writer } = scene();
    writer('w');
    reader('a');
    reader('b');
    writer('v');
    reader('c');
    await stage.told();
    expect(await stage.told(10)).toEqual(['w done', 'a reads', 'b reads']);
    expect(await stage.told(10)).toEqual(['a done', 'b done', 'v writes']);
    expect(await stage.told(10)).toEqual(['v done', 'c reads']);
  });

  it('is tried for without waiting, and without passing over those who wait', async () => {
    const { stage, lock, reader, writer } = scene();
    reader('r');
    stage.start('trying', function* () {
      const second = lock.tryRead();
      stage.tell(`to read beside a reader: ${second !== undefined}`);
      second?.release();
      stage.tell(`to write beside a reader: ${lock.tryWrite() !== undefined}`);
      yield* sleep(1);
      stage.tell(`to read while a writer waits: ${lock.tryRead() !== undefined}`);
    });
    await stage.told();
    writer('w');
    expect(await stage.told(1)).toEqual(['to read while a writer waits: false', 'trying done']);
    expect(await stage.told(30)).toEqual(['r done', 'w writes', 'w done']);
    expect(lock.statistics()).toEqual({ readers: 0, writers: 0, waiting: 0 });
  });
});

describe('cancelling a task that waits for an RwLock', () => {
  it('lets those in whom only it has kept out', async () => {
    const { stage, lock, reader, writer } = scene();
    reader('r', 100);
    const waiting = writer('w');
    reader('s');
    await stage.told();
    waiting.cancel();
    expect(await stage.told()).toEqual(['s reads', 'w failed: ERR_HEDDLE_CANCELLED']);
    expect(lock.statistics()).toEqual({ readers: 2, writers: 0, waiting: 0 });
  });

  it('releases nothing, and what a cancelled holder held', async () => {
    const { stage, lock, reader, writer } = scene();
    const holder = writer('w', 100);
    reader('r');
    await stage.told();
    holder.cancel();
    expect(await stage.told()).toEqual(['w failed: ERR_HEDDLE_CANCELLED', 'r reads']);
    expect(lock.statistics()).toEqual({ readers: 1, writers: 0, waiting: 0 });
  });
});

describe('misuse of an RwLock', () => {
  it.each(['read', 'write'] as const)('asking for it again to %s in the task that holds it is refused', async (mode) => {
    const { stage, lock } = scene();
    const handle = stage.start('main', function* () {
      using _guard = yield* lock.read();
      yield* lock[mode]();
    });
    await stage.told();
    expect(handle.outcome).toMatchObject({
      reason: { code: 'ERR_HEDDLE_DEADLOCK', message: `Expected task main to release rw-lock routes first, got ${mode}() by its holder: it would wait for itself` },
    });
    expect(lock.statistics()).toEqual({ readers: 0, writers: 0, waiting: 0 });
  });

  it('is refused with what was expected and what was got', () => {
    const { lock } = scene();
    expect(() => lock.tryRead()).toThrow('Expected tryRead() of rw-lock routes inside a task that an executor runs, got a call outside of any task');
    expect(() => lock.tryWrite()).toThrow('Expected tryWrite() of rw-lock routes inside a task that an executor runs, got a call outside of any task');
    expect(() => new RwLock({ external: 1 as never })).toThrow('Expected `external` to be a boolean, got the number 1');
  });
});
