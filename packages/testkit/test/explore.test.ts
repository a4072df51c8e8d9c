import { explore, ModelError, type Model, type ModelStep } from '@heddle/testkit';
import { describe, expect, test } from 'vitest';

/** Two threads that each add one to a shared number. */
interface Counters {
  readonly shared: number;
  readonly threads: readonly { readonly at: 'load' | 'store' | 'done'; readonly loaded: number }[];
}

function counters(isAtomic: boolean): Model<Counters> {
  return {
    initial: { shared: 0, threads: [{ at: 'load', loaded: 0 }, { at: 'load', loaded: 0 }] },
    *steps({ shared, threads }) {
      for (const [index, { at, loaded }] of threads.entries()) {
        const become = (now: Counters['threads'][number]): Counters['threads'] => threads.with(index, now);
        if (at === 'load') {
          if (isAtomic) yield { name: `${index} adds`, next: { shared: shared + 1, threads: become({ at: 'done', loaded }) } };
          else yield { name: `${index} loads`, next: { shared, threads: become({ at: 'store', loaded: shared }) } };
        } else if (at === 'store') yield { name: `${index} stores`, next: { shared: loaded + 1, threads: become({ at: 'done', loaded }) } };
      }
    },
    isDone: ({ shared }) => shared === 2,
  };
}

/** Peterson's lock (1981), of which a thread may leave out to offer the other one the turn. */
interface Peterson {
  readonly wants: readonly boolean[];
  readonly turn: number;
  readonly at: readonly ('out' | 'offering' | 'waiting' | 'inside' | 'done')[];
}

function peterson(offersTurn: boolean): Model<Peterson> {
  return {
    initial: { wants: [false, false], turn: 0, at: ['out', 'out'] },
    *steps(state) {
      for (const me of [0, 1]) yield* stepsOf(state, me);
    },
    check({ at }) {
      if (at.every((place) => place === 'inside')) throw new Error('Expected one inside at a time, got both');
    },
    isDone: ({ at }) => at.every((place) => place === 'done'),
  };

  function* stepsOf({ wants, turn, at }: Peterson, me: number): Iterable<ModelStep<Peterson>> {
    const other = 1 - me;
    switch (at[me]) {
      case 'out':
        yield { name: `${me} wants`, next: { wants: wants.with(me, true), turn, at: at.with(me, 'offering') } };
        break;
      case 'offering':
        yield { name: `${me} offers`, next: { wants, turn: offersTurn ? other : turn, at: at.with(me, 'waiting') } };
        break;
      case 'waiting':
        if (wants[other] !== true || turn === me) yield { name: `${me} enters`, next: { wants, turn, at: at.with(me, 'inside') } };
        break;
      case 'inside':
        yield { name: `${me} leaves`, next: { wants: wants.with(me, false), turn, at: at.with(me, 'done') } };
        break;
      default:
    }
  }
}

/** A sleeper that looks for work and then sleeps, and a waker that brings work and wakes whoever sleeps. */
interface Sleep {
  readonly hasWork: boolean;
  readonly sleeper: 'looking' | 'going to sleep' | 'asleep' | 'working';
  readonly isToldAsleep: boolean;
  readonly waker: 'bringing' | 'waking' | 'done';
}

function sleepAndWake(looksAgain: boolean): Model<Sleep> {
  return {
    initial: { hasWork: false, sleeper: 'looking', isToldAsleep: false, waker: 'bringing' },
    *steps(state) {
      const { hasWork, sleeper, isToldAsleep, waker } = state;
      if (sleeper === 'looking') yield { name: 'sleeper looks', next: { ...state, sleeper: hasWork ? 'working' : 'going to sleep' } };
      if (sleeper === 'going to sleep' && !isToldAsleep) yield { name: 'sleeper tells', next: { ...state, isToldAsleep: true } };
      if (sleeper === 'going to sleep' && isToldAsleep) yield { name: 'sleeper sleeps', next: { ...state, sleeper: looksAgain && hasWork ? 'working' : 'asleep' } };
      if (waker === 'bringing') yield { name: 'waker brings work', next: { ...state, hasWork: true, waker: 'waking' } };
      if (waker === 'waking') yield { name: 'waker wakes', next: { ...state, waker: 'done', sleeper: isToldAsleep && sleeper === 'asleep' ? 'working' : sleeper } };
    },
    isDone: ({ sleeper }) => sleeper === 'working',
  };
}

function errorOf(explored: () => unknown): ModelError {
  try {
    explored();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('Expected a ModelError, got none');
}

describe('explore', () => {
  test('counts the states of a model in which nothing is wrong', () => {
    expect(explore(counters(true))).toEqual({ states: 4, transitions: 4, ends: 1 });
  });

  test('finds a lost update, by the shortest way there', () => {
    const { trace, message } = errorOf(() => explore(counters(false)));
    expect(trace).toHaveLength(4);
    expect(trace.slice(0, 2).toSorted()).toEqual(['0 loads', '1 loads']);
    expect(message).toContain('Expected a step, or to be done, got neither, after:\n  1. ');
    expect(message).toContain('"shared":1');
  });

  test("finds nothing in Peterson's lock, and that both get in without the turn", () => {
    expect(explore(peterson(true)).ends).toBeGreaterThan(0);
    expect(errorOf(() => explore(peterson(false))).message).toMatch(/Expected one inside at a time, got both|got neither/);
  });

  test('finds a missed wake-up', () => {
    const { trace } = errorOf(() => explore(sleepAndWake(false)));
    expect(trace.at(-1)).toMatch(/sleeps|wakes/);
    // Looking again is not enough as long as it is not one step with falling asleep for the waker; here it is.
    expect(explore(sleepAndWake(true)).ends).toBeGreaterThan(0);
  });

  test('finds steps that go on for ever and lead to no end', () => {
    const spinning: Model<{ readonly at: number }> = {
      initial: { at: 0 },
      *steps({ at }) {
        if (at === 0) yield { name: 'ends', next: { at: 9 } };
        if (at === 0) yield { name: 'begins to spin', next: { at: 1 } };
        if (at === 1 || at === 2) yield { name: 'spins', next: { at: 3 - at } };
      },
      isDone: ({ at }) => at === 9,
    };
    const { trace, message } = errorOf(() => explore(spinning));
    expect(message).toContain('Expected a way to an end');
    expect(trace).toEqual(['begins to spin']);
  });

  test('tells a step that throws, and keeps what it threw', () => {
    const cause = new Error('twice');
    const throwing: Model<number> = {
      initial: 0,
      steps(state) {
        if (state === 1) throw cause;
        return [{ name: 'goes on', next: 1 }];
      },
      isDone: () => true,
    };
    expect(errorOf(() => explore(throwing))).toMatchObject({ trace: ['goes on'], state: 1, cause });
  });

  test('never explores a part and calls it the whole', () => {
    const endless: Model<number> = { initial: 0, steps: (state) => [{ name: 'counts', next: state + 1 }], isDone: () => false };
    expect(() => explore(endless, { maxStates: 100 })).toThrow(new RangeError('Expected at most 100 states (`maxStates`), got more'));
    expect(() => explore(endless, { maxStates: 0 })).toThrow('Expected `maxStates` to be an integer of at least 1, got 0');
  });

  test('takes states with one key for one', () => {
    const winding: Model<number> = {
      initial: 0,
      steps: (state) => (state < 10 ? [{ name: 'counts', next: state + 1 }] : []),
      isDone: () => true,
      key: (state) => String(Math.min(state, 3)),
    };
    expect(() => explore(winding)).toThrow('Expected a way to an end');
  });
});
