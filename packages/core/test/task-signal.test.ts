import { describe, expect, it } from 'vitest';
import { current, group, InlineExecutor, spawn, task, yieldNow } from '@heddle/core';
import { failureOf } from './failure-of.ts';

/** Cancels what runs once it has been asked for so many times whether to: as an executor would whose cancellations come from elsewhere. */
class Polled extends InlineExecutor {
  polls = 0;
  readonly #cancelAt: number;
  #cancel: () => void = () => {};

  constructor(cancelAt: number) {
    super();
    this.#cancelAt = cancelAt;
  }

  override readonly pollCancellation = (): void => {
    if (++this.polls === this.#cancelAt) this.#cancel();
  };

  async come(body: () => unknown): Promise<unknown> {
    const handle = this.submit(task(body as () => number)());
    this.#cancel = () => handle.cancel('from elsewhere');
    return await handle.result;
  }
}

const ROUNDS = 100;

/** Counts how often `isOver` says no. */
function roundsUntil(isOver: () => boolean): number {
  let rounds = 0;
  while (!isOver() && rounds < ROUNDS) rounds++;
  return rounds;
}

describe('where cancellations come from elsewhere, code that never pauses sees them', () => {
  it.each([
    ['shouldYield()', () => roundsUntil(() => current().shouldYield())],
    [
      'signal.aborted',
      () => {
        const { signal } = current();
        return roundsUntil(() => signal.aborted);
      },
    ],
    [
      'signal.reason',
      () => {
        const { signal } = current();
        return roundsUntil(() => signal.reason !== undefined);
      },
    ],
  ])('by %s', async (_, body) => {
    expect(await new Polled(10).come(body)).toBe(9);
  });

  it('by throwIfAborted(), which throws the reason', async () => {
    const executor = new Polled(10);
    const body = (): void => {
      const { signal } = current();
      for (let rounds = 0; rounds < ROUNDS; rounds++) signal.throwIfAborted();
    };
    expect(await failureOf(executor.come(body))).toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: 'from elsewhere' });
  });

  it('in a child, and inside a group', async () => {
    const child = task(() => roundsUntil(() => current().shouldYield()));
    const inChild = function* () {
      const handle = yield* spawn(child());
      try {
        yield* handle;
      } catch {
        // Cancelled too, but it has a value.
      }
      return handle.outcome;
    };
    expect(await new Polled(10).come(inChild)).toEqual({ status: 'fulfilled', value: 9 });
    const inGroup = () =>
      group(function* () {
        yield* yieldNow();
        return roundsUntil(() => current().signal.aborted);
      });
    expect(
      await new Polled(10).come(function* () {
        return yield* inGroup();
      }),
    ).toBe(9);
  });

  it('with a signal that is an ordinary one to everybody else', async () => {
    const body = (): unknown => {
      const { signal } = current();
      const any = AbortSignal.any([signal, new AbortController().signal]);
      const before = [signal instanceof AbortSignal, Object.keys(signal), Object.prototype.toString.call(signal), any.aborted];
      roundsUntil(() => signal.aborted);
      return [...before, any.aborted, any.reason === signal.reason];
    };
    expect(await new Polled(10).come(body)).toEqual([true, [], '[object AbortSignal]', false, true, true]);
  });
});

it('elsewhere signals are left as the platform makes them', async () => {
  const executor = new InlineExecutor();
  const keys = task(() => Object.getOwnPropertyNames(current().signal));
  expect(await executor.run(keys())).toEqual([]);
});
