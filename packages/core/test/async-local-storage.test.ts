import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { all, group, InlineExecutor, sleep, spawn, task, until, yieldNow, type Coroutine } from '@heddle/core';
import type { LocalExecutorOptions } from '@heddle/core/engine';
import { inChildProcess } from './in-child-process.ts';
import { LifoExecutor } from './lifo-executor.ts';

const storage = new AsyncLocalStorage<string>();

/** What the store holds at each point of a task's life. */
const seen = task(function* (log: string[], name: string) {
  const note = (): void => {
    log.push(`${name}: ${storage.getStore()}`);
  };
  note();
  yield* yieldNow();
  note();
  yield* sleep(1);
  note();
  yield* until(() => Promise.resolve());
  note();
});

const store = task(() => storage.getStore());

describe.each([
  ['InlineExecutor', (options?: LocalExecutorOptions) => new InlineExecutor(options)],
  ['an executor that enters nothing by itself', (options?: LocalExecutorOptions) => new LifoExecutor(options)],
])('AsyncLocalStorage under %s', (_name, make) => {
  it('follows a task through all of its steps', async () => {
    const log: string[] = [];
    await storage.run('A', () => make().run(seen(log, 'task')));
    expect(log).toEqual(Array(4).fill('task: A'));
  });

  it('keeps interleaved tasks apart, also from those that were submitted without a store', async () => {
    const log: string[] = [];
    const executor = make();
    const runs = ['A', 'B'].map((name) => storage.run(name, () => executor.run(seen(log, name))));
    runs.push(executor.run(seen(log, 'none')));
    runs.push(storage.run('C', () => executor.run(seen(log, 'C'))));
    await Promise.all(runs);
    expect(log.toSorted()).toEqual(['A: A', 'B: B', 'C: C', 'none: undefined'].flatMap((line) => Array<string>(4).fill(line)).toSorted());
  });

  it('follows into direct awaits, spawned tasks and groups', async () => {
    const nested = task(function* () {
      const direct = yield* store();
      const limited = yield* store().with({ timeoutMs: 1_000 });
      const spawned = yield* yield* spawn(store());
      const both = yield* all([store(), store()]);
      const grouped = yield* group(function* (g): Coroutine<unknown> {
        return yield* g.spawn(store());
      });
      return [direct, limited, spawned, ...both, grouped];
    });
    const executor = make();
    expect(await storage.run('A', () => executor.run(nested()))).toEqual(Array(6).fill('A'));
    expect(await executor.run(nested())).toEqual(Array(6).fill(undefined));
  });

  it('is in async and plain bodies too', async () => {
    const later = task(async () => {
      const first = storage.getStore();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return [first, storage.getStore()];
    });
    const executor = make();
    expect(await storage.run('A', () => executor.run(later()))).toEqual(['A', 'A']);
    expect(await storage.run('B', () => executor.run(store()))).toBe('B');
  });

  it('does not come from whoever wakes or cancels a task', async () => {
    const executor = make();
    const log: (string | undefined)[] = [];
    const emitter = new EventEmitter();
    const waiting = task(function* (event: string) {
      try {
        yield* until(() => once(emitter, event));
        log.push(storage.getStore());
        yield* until(() => new Promise(() => {}));
      } finally {
        log.push(storage.getStore());
      }
    });
    const handle = storage.run('own', () => executor.submit(waiting('go')));
    await new Promise(setImmediate);
    storage.run('other', () => emitter.emit('go'));
    await new Promise(setImmediate);
    storage.run('other', () => handle.cancel());
    await handle.result.catch(() => {});
    expect(log).toEqual(['own', 'own']);
  });

  it('does not leak out of the turn that a task ran in', async () => {
    const executor = make();
    const before = storage.run('A', () => executor.run(store()));
    const after = before.then(() => storage.getStore());
    expect(await after).toBeUndefined();
  });

  it('is, for a call that is submitted inside a task, what the task has there', async () => {
    const executor = make();
    const other = make();
    const outer = task(function* () {
      const own = other.run(store());
      const changed = storage.run('changed', () => other.run(store()));
      return [yield* until(() => own), yield* until(() => changed), storage.getStore()];
    });
    expect(await storage.run('A', () => executor.run(outer()))).toEqual(['A', 'changed', 'A']);
  });

  it('is, for a child of a group, what it was where `spawn` was called', async () => {
    const emitter = new EventEmitter();
    const parent = task(function* () {
      return yield* group(function* (g) {
        const handles = [storage.run('changed', () => g.spawn(store())), g.spawn(store())];
        emitter.on('connection', () => handles.push(g.spawn(store())));
        yield* until(() => once(emitter, 'end'));
        const values = [];
        for (const handle of handles) values.push(yield* handle);
        return values;
      });
    });
    const result = storage.run('own', () => make().run(parent()));
    await new Promise(setImmediate);
    storage.run('event', () => emitter.emit('connection'));
    emitter.emit('end');
    expect(await result).toEqual(['changed', 'own', 'event']);
  });

  it('is not followed when switched off', async () => {
    const executor = make({ context: 'off' });
    const first = storage.run('A', () => executor.run(store()));
    const second = storage.run('B', () => executor.run(store()));
    // Both run in one turn, which is A's doing under one executor and B's under the other.
    expect(new Set(await Promise.all([first, second])).size).toBe(1);
  });
});

describe('the option `context`', () => {
  it('is checked', () => {
    const context = 'on' as never;
    expect(() => new InlineExecutor({ context })).toThrow(new TypeError("Expected `context` to be 'async-local-storage' or 'off', got the string 'on'"));
  });
});

describe('a program that comes to use AsyncLocalStorage late', () => {
  // In a process of its own: here, the test runner uses it already.
  it('sees the right store from the first use on, and none in tasks that are older', async () => {
    const { stdout, stderr } = await inChildProcess(`
      import { AsyncLocalStorage } from 'node:async_hooks';
      import { InlineExecutor, sleep, task, until, yieldNow } from '@heddle/core';
      const executor = new InlineExecutor();
      const storage = new AsyncLocalStorage();
      let release;
      const released = new Promise((resolve) => (release = resolve));
      const old = task(function* () {
        const values = [];
        for (let turn = 0; turn < 3; turn++) { yield* yieldNow(); values.push(storage.getStore()); }
        yield* until(() => released);
        values.push(storage.getStore());
        yield* sleep(1);
        return [...values, storage.getStore()];
      });
      const early = executor.run(old());
      await executor.run(task(function* () { yield* yieldNow(); })());
      const store = task(function* () { yield* sleep(1); return storage.getStore() ?? null; });
      const first = storage.run('first', () => executor.run(store()));
      const none = executor.run(store());
      storage.run('releaser', release);
      console.log(JSON.stringify([await early, await first, await none, storage.getStore() ?? null]));
    `);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([[null, null, null, null, null], 'first', null, null]);
  });
});
