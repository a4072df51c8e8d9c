import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, finish, InlineExecutor, machine, sleep, spawn, task, timeout, yieldNow, type Coroutine, type MachineStep } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';
import { failureOf } from './failure-of.ts';

const fib = machine({
  start: (n: number) => ({ n, at: 0, left: 0 }),
  step(state, resumed): MachineStep<number> {
    switch (state.at++) {
      case 0:
        return state.n < 2 ? finish(state.n) : fib(state.n - 1);
      case 1:
        state.left = resumed as number;
        return fib(state.n - 2);
      default:
        return finish(state.left + (resumed as number));
    }
  },
});

describe('a task that is a state machine', () => {
  it('is run like any other', async () => {
    expect(await new InlineExecutor().run(fib(15))).toBe(610);
  });

  it('is awaited by coroutines, spawned, and awaits coroutines in turn', async () => {
    const double = task(function* (n: number) {
      yield* yieldNow();
      return n * 2;
    });
    const mixed = machine({
      start: (n: number) => ({ n, at: 0 }),
      step(state, resumed): MachineStep<number> {
        return state.at++ === 0 ? double(state.n) : finish((resumed as number) + 1);
      },
    });
    const main = task(function* () {
      const handle = yield* spawn(mixed(10));
      return (yield* mixed(1)) + (yield* handle) + (yield* fib(10));
    });
    expect(await new InlineExecutor().run(main())).toBe(3 + 21 + 55);
  });

  it('awaits every kind of operation', async () => {
    const clock = new FakeClock();
    const everything = machine({
      start: () => ({ at: 0, seen: [] as unknown[] }),
      step(state, resumed): MachineStep<unknown[]> {
        state.seen.push(resumed);
        switch (state.at++) {
          case 0:
            return sleep(5);
          case 1:
            return all([fib(5), Promise.resolve('p')]);
          case 2:
            return spawn(fib(3));
          case 3:
            return resumed;
          default:
            return finish(state.seen.slice(0, 3).concat(resumed));
        }
      },
    });
    const done = new InlineExecutor({ clock }).run(everything());
    void clock.advance(5);
    expect(await done).toEqual([undefined, undefined, [5, 'p'], 2]);
  });

  it('runs a chain of any length that suspends at its end', async () => {
    const deep = machine({
      start: (n: number) => ({ n, isResumed: false }),
      step(state, resumed): MachineStep<number> {
        if (state.isResumed) return finish(((resumed as number | undefined) ?? 0) + 1);
        state.isResumed = true;
        return state.n === 0 ? yieldNow() : deep(state.n - 1);
      },
    });
    expect(await new InlineExecutor().run(deep(100_000))).toBe(100_001);
  });

  it('gets errors through `fail`, or passes them on without it', async () => {
    const broken = task(() => {
      throw new Error('broken');
    });
    const recovering = machine({
      start: () => ({ isResumed: false }),
      step: (): MachineStep<string> => broken(),
      fail: (_state, error): MachineStep<string> => finish(`recovered from ${(error as Error).message}`),
    });
    const passing = machine({ start: () => ({}), step: (): MachineStep<string> => recursive() });
    const recursive = machine({ start: () => ({}), step: (): MachineStep<string> => broken() });
    const executor = new InlineExecutor();
    expect(await executor.run(recovering())).toBe('recovered from broken');
    expect(await failureOf(executor.run(passing()))).toMatchObject({ message: 'broken' });
  });

  it('is cancelled while it waits, and may clean up', async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const waiting = machine({
      start: () => ({ isCancelled: false, error: undefined as unknown }),
      step(state): MachineStep<never> {
        if (!state.isCancelled) return sleep(1_000);
        log.push('cleaned up');
        throw state.error;
      },
      fail(state, error): MachineStep<never> {
        state.isCancelled = true;
        state.error = error;
        return sleep(1);
      },
    });
    const handle = new InlineExecutor({ clock }).submit(waiting());
    await clock.advance(1);
    handle.cancel('stop');
    await clock.advance(1);
    expect(await failureOf(handle.result)).toMatchObject({ cause: 'stop' });
    expect(log).toEqual(['cleaned up']);
  });

  it('waits for the children that it has spawned, before its awaiter goes on', async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const child = task(function* () {
      yield* sleep(10);
      log.push('child');
    });
    const parent = machine({
      start: () => ({ at: 0 }),
      step: (state): MachineStep<string> => (state.at++ === 0 ? spawn(child()) : finish('parent')),
    });
    const grandparent = machine({
      start: () => ({ at: 0 }),
      step(state, resumed): MachineStep<string> {
        if (state.at++ === 0) return parent();
        log.push('grandparent');
        return finish(resumed as string);
      },
    });
    const done = new InlineExecutor({ clock }).run(grandparent());
    void clock.advance(10);
    expect(await done).toBe('parent');
    expect(log).toEqual(['child', 'grandparent']);
  });

  it('honours limits on what it awaits', async () => {
    const clock = new FakeClock();
    const limited = machine({
      start: () => ({}),
      step: (): MachineStep<string> => timeout(5, sleep(100)),
      fail: (_state, error): MachineStep<string> => finish((error as Error).name),
    });
    const done = new InlineExecutor({ clock }).run(limited());
    void clock.advance(5);
    expect(await done).toBe('TaskTimeoutError');
  });

  it('refuses steps that return something else, and definitions that are none', async () => {
    const wrong = machine({ start: () => ({}), step: () => 5 as never });
    expect(await failureOf(new InlineExecutor().run(wrong()))).toMatchObject({
      message: 'Expected the step of a machine to return an operation to await, or finish(value), got the number 5',
    });
    expect(() => machine({} as never)).toThrow('Expected machine() of an object with start and step, got an object');
  });

  it('comes to the same as the coroutine of the same shape', async () => {
    type Tree = { readonly kind: 'leaf'; readonly value: number; readonly yields: boolean } | { readonly kind: 'node'; readonly children: readonly Tree[]; readonly fails: boolean };
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.record({ kind: fc.constant('leaf' as const), value: fc.nat(9), yields: fc.boolean() }),
        fc.record({ kind: fc.constant('node' as const), children: fc.array(tie('tree'), { maxLength: 3 }), fails: fc.nat(9).map((n) => n === 0) }),
      ),
    }));
    const asMachine = machine({
      start: (node: Tree) => ({ node, at: 0, sum: 0 }),
      step(state, resumed): MachineStep<number> {
        const { node } = state;
        if (node.kind === 'leaf') return node.yields && state.at++ === 0 ? yieldNow() : finish(node.value);
        if (state.at > 0) state.sum += resumed as number;
        const next = node.children[state.at++];
        if (next !== undefined) return asMachine(next);
        if (node.fails) throw new Error(`failed at ${state.sum}`);
        return finish(state.sum);
      },
    });
    const asCoroutine = task(function* (node: Tree): Coroutine<number> {
      if (node.kind === 'leaf') {
        if (node.yields) yield* yieldNow();
        return node.value;
      }
      let sum = 0;
      for (const child of node.children) sum += yield* asCoroutine(child);
      if (node.fails) throw new Error(`failed at ${sum}`);
      return sum;
    });
    await fc.assert(
      fc.asyncProperty(tree, async (root) => {
        const executor = new InlineExecutor();
        const [one, other] = await Promise.allSettled([executor.run(asMachine(root)), executor.run(asCoroutine(root))]);
        expect(one).toEqual(other);
      }),
    );
  });
});
