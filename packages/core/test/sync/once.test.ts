import { describe, expect, it } from 'vitest';
import { all, Once, sleep, task, timeout, type Coroutine } from '@heddle/core';
import { Stage } from './stage.ts';

/** A Once whose n-th run does what the n-th plan says. */
function scene(...plans: (() => Coroutine<string>)[]) {
  const stage = new Stage();
  let run = 0;
  const once = new Once(
    function* () {
      stage.tell(`run ${++run} begins`);
      return yield* (plans[run - 1] ?? succeed)();
    },
    { name: 'connection' },
  );
  function* succeed(): Coroutine<string> {
    yield* sleep(10);
    return `value of run ${run}`;
  }
  const user = (name: string) =>
    stage.start(name, function* () {
      return yield* once.get();
    });
  return { stage, once, user, succeed };
}

function* fail(): Coroutine<string> {
  yield* sleep(10);
  throw new Error('refused');
}

describe('a Once', () => {
  it('runs its body in the first task that asks, and gives its value to all, for ever', async () => {
    const { stage, once, user } = scene();
    for (const name of ['a', 'b', 'c']) user(name);
    expect(await stage.told()).toEqual(['run 1 begins']);
    expect(once.statistics()).toEqual({ isDone: false, runs: 1, waiting: 2 });
    expect(await stage.told(10)).toEqual(['a: value of run 1', 'b: value of run 1', 'c: value of run 1']);
    user('late');
    expect(await stage.told()).toEqual(['late: value of run 1']);
    expect(once.statistics()).toEqual({ isDone: true, runs: 1, waiting: 0 });
  });

  it('does not run it until somebody asks', async () => {
    const { stage, once } = scene();
    expect(await stage.told()).toEqual([]);
    expect(once.statistics()).toEqual({ isDone: false, runs: 0, waiting: 0 });
  });

  it('takes a function that returns a call, or any other operation', async () => {
    const stage = new Stage();
    const load = task(function* (n: number) {
      yield* sleep(1);
      return n;
    });
    const call = new Once(() => load(1));
    const several = new Once(() => all([load(1), load(2)]));
    stage.start('main', function* () {
      return [yield* call.get(), yield* call.get(), ...(yield* several.get())];
    });
    expect(await stage.told(5)).toEqual(['main: 1,1,1,2']);
  });
});

describe('a Once whose first run fails', () => {
  it('gives the error to all who waited for that run, and runs anew for whoever asks next', async () => {
    const { stage, once, user } = scene(fail);
    user('a');
    user('b');
    expect(await stage.told(10)).toEqual(['run 1 begins', 'a failed: refused', 'b failed: refused']);
    expect(once.statistics()).toEqual({ isDone: false, runs: 1, waiting: 0 });
    user('c');
    expect(await stage.told(10)).toEqual(['run 2 begins', 'c: value of run 2']);
  });

  it('does so by a timeout of its own, too', async () => {
    const { stage, user } = scene(function* () {
      return yield* timeout(5, fail());
    });
    user('a');
    user('b');
    expect(await stage.told(5)).toEqual(['run 1 begins', 'a failed: ERR_HEDDLE_TIMEOUT', 'b failed: ERR_HEDDLE_TIMEOUT']);
  });

  it('does so when its body throws at once, or something else than an error', async () => {
    const { stage, once, user } = scene(() => {
      // oxlint-disable-next-line no-throw-literal -- JavaScript allows it
      throw 'a string';
    });
    const handle = user('a');
    await stage.told();
    expect(handle.outcome).toEqual({ status: 'rejected', reason: 'a string' });
    expect(once.statistics()).toEqual({ isDone: false, runs: 1, waiting: 0 });
  });
});

describe('cancelling', () => {
  it('the task that runs the body hands the run on to the one that has waited longest', async () => {
    const { stage, once, user } = scene();
    const runner = user('a');
    user('b');
    user('c');
    await stage.told(5);
    runner.cancel();
    expect(await stage.told()).toEqual(['a failed: ERR_HEDDLE_CANCELLED', 'run 2 begins']);
    expect(once.statistics()).toEqual({ isDone: false, runs: 2, waiting: 1 });
    expect(await stage.told(10)).toEqual(['b: value of run 2', 'c: value of run 2']);
  });

  it('the only task that asked leaves the Once as it was', async () => {
    const { stage, once, user } = scene();
    const runner = user('a');
    await stage.told(5);
    runner.cancel();
    await stage.told();
    expect(once.statistics()).toEqual({ isDone: false, runs: 1, waiting: 0 });
    user('b');
    expect(await stage.told(10)).toEqual(['run 2 begins', 'b: value of run 2']);
  });

  it('a task that waits does not disturb the run', async () => {
    const { stage, user } = scene();
    user('a');
    const waiting = user('b');
    await stage.told(5);
    waiting.cancel();
    expect(await stage.told(5)).toEqual(['b failed: ERR_HEDDLE_CANCELLED', 'a: value of run 1']);
  });

  it('the task that the run is handed on to, before its turn, hands it on once more', async () => {
    const { stage, user } = scene();
    const runner = user('a');
    const second = user('b');
    user('c');
    await stage.told(5);
    runner.cancel();
    second.cancel();
    expect(await stage.told(10)).toContain('c: value of run 2');
  });
});

describe('misuse of a Once', () => {
  it('asking for the value in its own body is refused as a deadlock', async () => {
    const stage = new Stage();
    const once: Once<number> = new Once(
      function* () {
        return yield* once.get();
      },
      { name: 'circle' },
    );
    const handle = stage.start('main', () => once.get()[Symbol.iterator]());
    await stage.told();
    expect(handle.outcome).toMatchObject({
      reason: { code: 'ERR_HEDDLE_DEADLOCK', message: 'Expected the body of once circle to end without its own value, got get() inside of it: it would wait for itself' },
    });
  });

  it('is refused with what was expected and what was got', async () => {
    expect(() => new Once(5 as never)).toThrow('Expected new Once() of a generator function, got the number 5');
    const stage = new Stage();
    const plain = new Once((() => 5) as never);
    const handle = stage.start('main', () => plain.get()[Symbol.iterator]());
    await stage.told();
    expect(handle.outcome).toMatchObject({
      reason: { message: 'Expected new Once() of a generator function, or of one that returns an operation, got one that returned the number 5' },
    });
  });
});
