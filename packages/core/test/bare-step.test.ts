import { current, InlineExecutor, sleep, task, TaskLocal, type Call, type Coroutine } from '@heddle/core';
import { currentFiber, Fiber, stepBare, TaskCall } from '@heddle/core/engine';
import { describe, expect, it } from 'vitest';

/** Runs calls bare, and remembers the fibers that had to be made. */
class BareExecutor extends InlineExecutor {
  readonly made: Fiber[] = [];
  readonly ended: Fiber[] = [];

  /** @returns the value, or the fiber that was made of the call */
  runBare(call: Call<unknown>): unknown {
    let outcome: unknown;
    stepBare({
      invoke: () => (call as unknown as TaskCall).apply(),
      makeFiber: () => {
        const fiber = new Fiber(this, call as unknown as TaskCall, undefined, null);
        this.made.push(fiber);
        fiber.accept();
        return (outcome = fiber);
      },
      returned: (value) => {
        outcome = value;
      },
    });
    return outcome;
  }

  override rootEnded(fiber: Fiber): void {
    this.ended.push(fiber);
  }
}

const plain = task(function plain(body: () => unknown) {
  return body();
});

function bare(body: () => unknown): { executor: BareExecutor; outcome: unknown } {
  const executor = new BareExecutor();
  return { executor, outcome: executor.runBare(plain(body)) };
}

describe('a call that runs bare', () => {
  it('gets by without a fiber where it returns a value', () => {
    const shape = { a: 1 };
    for (const value of [1, 'text', undefined, null, shape, [1], () => 1]) {
      const { executor, outcome } = bare(() => value);
      expect(outcome).toBe(value);
      expect(executor.made).toEqual([]);
      expect(executor.stats()).toMatchObject({ queued: 0, running: 0, awaiting: 0 });
    }
    expect(currentFiber()).toBeNull();
  });

  it('gets one when it asks who runs, the same each time', () => {
    const seen: unknown[] = [];
    const { executor, outcome } = bare(() => {
      seen.push(currentFiber(), currentFiber(), current().name);
      return 7;
    });
    const [fiber] = executor.made;
    expect(executor.made).toHaveLength(1);
    expect(outcome).toBe(fiber);
    expect(seen).toEqual([fiber, fiber, 'plain']);
    expect(fiber).toMatchObject({ state: 'complete', value: 7, hasStarted: true });
    expect(executor.ended).toEqual([fiber]);
    expect(executor.stats()).toMatchObject({ queued: 0, awaiting: 0, completed: 1 });
    expect(currentFiber()).toBeNull();
  });

  it('gets one when it throws, before or after it asked', () => {
    for (const asks of [false, true]) {
      const { executor } = bare(() => {
        if (asks) current();
        throw new RangeError('no');
      });
      expect(executor.ended).toHaveLength(1);
      expect(executor.ended[0]).toMatchObject({ state: 'complete', hasFailed: true, value: new RangeError('no') });
      expect(currentFiber()).toBeNull();
    }
  });

  it('is awaited where it returns a promise, and goes on where it returns a coroutine', async () => {
    const later = bare(() => Promise.resolve(3));
    const body = function* (): Coroutine<number> {
      yield* sleep(0);
      return 4;
    };
    const coroutine = bare(() => body());
    const failing = bare(() => Promise.reject(new Error('later')));
    const [promised, generated, failed] = [later, coroutine, failing].map(({ executor }) => executor.made[0]);
    expect([promised, generated, failed]).toMatchObject([{ state: 'awaiting' }, { state: 'awaiting' }, { state: 'awaiting' }]);
    expect(await promised?.result).toBe(3);
    expect(await generated?.result).toBe(4);
    await expect(failed?.result).rejects.toThrow('later');
  });

  it('is asked for its `then` once', () => {
    let asked = 0;
    const value = {
      // oxlint-disable-next-line unicorn/no-thenable -- what it is about
      get then() {
        asked++;
        return undefined;
      },
    };
    const { outcome } = bare(() => value);
    expect(outcome).toBe(value);
    expect(asked).toBe(1);
  });

  it('fails where asking for `then` does', () => {
    const { executor } = bare(() => ({
      // oxlint-disable-next-line unicorn/no-thenable -- what it is about
      get then(): never {
        throw new TypeError('hands off');
      },
    }));
    expect(executor.ended[0]).toMatchObject({ hasFailed: true, value: new TypeError('hands off') });
  });

  it('may drive another executor, and is still the one that runs after that', async () => {
    const seen: unknown[] = [];
    const inner = task(function inner() {
      return current().name;
    });
    const { executor } = bare(() => {
      const handle = new InlineExecutor().submit(inner());
      seen.push(currentFiber());
      return handle.result;
    });
    expect(seen).toHaveLength(1);
    expect(seen[0] === executor.made[0]).toBe(true);
    expect(await executor.made[0]?.result).toBe('inner');
  });

  it('has task-locals of its own', () => {
    const local = new TaskLocal<string>();
    const seen: unknown[] = [];
    const { executor } = bare(() => {
      local.run('inside', () => {
        seen.push(local.get());
      });
      seen.push(local.get());
      return 1;
    });
    expect(seen).toEqual(['inside', undefined]);
    expect(executor.ended).toEqual(executor.made);
    expect(local.get()).toBeUndefined();
  });

  it('can run again and again, whatever the one before came to', () => {
    const executor = new BareExecutor();
    const fails = (): never => {
      throw new Error('x');
    };
    const bodies: (() => unknown)[] = [() => 1, () => current().name, fails, () => Promise.resolve(2), () => 5];
    for (let round = 0; round < 3; round++) for (const body of bodies) executor.runBare(plain(body));
    expect(executor.made).toHaveLength(9);
    expect(currentFiber()).toBeNull();
  });
});
