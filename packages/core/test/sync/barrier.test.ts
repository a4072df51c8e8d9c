import { describe, expect, it } from 'vitest';
import { Barrier, isCancelled, sleep, timeout } from '@heddle/core';
import { Stage } from './stage.ts';

function scene(parties: number) {
  const stage = new Stage();
  const barrier = new Barrier(parties, { name: 'rows' });
  const party = (name: string, rounds = 1) =>
    stage.start(name, function* () {
      for (let round = 0; round < rounds; round++) stage.tell(`${name} arrived as ${yield* barrier.wait()}`);
    });
  return { stage, barrier, party };
}

describe('a Barrier', () => {
  it('holds tasks until all parties have arrived, and tells each its place', async () => {
    const { stage, barrier, party } = scene(3);
    party('a');
    party('b');
    expect(await stage.told()).toEqual([]);
    expect(barrier.statistics()).toEqual({ parties: 3, waiting: 2, passed: 0, isBroken: false });
    party('c');
    expect(await stage.told()).toEqual(['c arrived as 2', 'c done', 'a arrived as 0', 'a done', 'b arrived as 1', 'b done']);
    expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0, passed: 1, isBroken: false });
  });

  it('is there for the next round at once', async () => {
    const { stage, barrier, party } = scene(2);
    party('a', 3);
    party('b', 3);
    await stage.told();
    expect(barrier.statistics()).toMatchObject({ passed: 3, waiting: 0 });
  });

  it('of one party holds nobody', async () => {
    const { stage, party } = scene(1);
    party('alone', 2);
    expect(await stage.told()).toEqual(['alone arrived as 0', 'alone arrived as 0', 'alone done']);
  });
});

describe('cancelling a task that waits at a barrier', () => {
  it('breaks the barrier for the others, and for whoever comes later', async () => {
    const { stage, barrier, party } = scene(3);
    party('a');
    const cancelled = party('b');
    await stage.told();
    cancelled.cancel();
    expect(await stage.told()).toEqual(['a failed: ERR_HEDDLE_BROKEN_BARRIER', 'b failed: ERR_HEDDLE_CANCELLED']);
    const late = party('late');
    expect(await stage.told()).toEqual(['late failed: ERR_HEDDLE_BROKEN_BARRIER']);
    expect(late.outcome).toMatchObject({ reason: { message: 'Expected all 3 parties to arrive at barrier rows, but task b was cancelled while it waited' } });
    expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0, passed: 0, isBroken: true });
  });

  it('by a timeout breaks it too', async () => {
    const { stage, barrier, party } = scene(3);
    party('a');
    stage.start('impatient', function* () {
      yield* timeout(5, barrier.wait());
    });
    expect(await stage.told(5)).toEqual(['a failed: ERR_HEDDLE_BROKEN_BARRIER', 'impatient failed: ERR_HEDDLE_TIMEOUT']);
  });

  it('once all have arrived, breaks nothing', async () => {
    const { stage, barrier } = scene(2);
    const first = stage.start('first', function* () {
      const place = yield* barrier.wait();
      try {
        yield* sleep(1);
      } catch (error) {
        stage.tell(`passed as ${place}, then cancelled: ${isCancelled(error)}`);
      }
    });
    stage.start('last', function* () {
      yield* barrier.wait();
      first.cancel();
    });
    expect(await stage.told()).toEqual(['last done', 'passed as 0, then cancelled: true', 'first done']);
    expect(barrier.statistics()).toMatchObject({ passed: 1, isBroken: false });
  });
});

describe('resetting a barrier', () => {
  it('makes a broken one as new', async () => {
    const { stage, barrier, party } = scene(2);
    const waiting = party('b');
    await stage.told();
    waiting.cancel();
    await stage.told();
    expect(barrier.isBroken).toBe(true);
    barrier.reset();
    party('c');
    party('d');
    expect(await stage.told()).toEqual(['d arrived as 1', 'd done', 'c arrived as 0', 'c done']);
  });

  it('sends those who wait away', async () => {
    const { stage, barrier, party } = scene(2);
    const waiting = party('a');
    await stage.told();
    barrier.reset();
    expect(await stage.told()).toEqual(['a failed: ERR_HEDDLE_BROKEN_BARRIER']);
    expect(waiting.outcome).toMatchObject({ reason: { message: 'Expected all 2 parties to arrive at barrier rows, but it was reset' } });
    expect(barrier.isBroken).toBe(false);
  });
});

describe('misuse of a barrier', () => {
  it('is refused with what was expected and what was got', () => {
    expect(() => new Barrier(0)).toThrow(new RangeError('Expected `parties` to be an integer of at least 1, got 0'));
    expect(() => new Barrier(undefined as never)).toThrow(new TypeError('Expected `parties` to be an integer of at least 1, got undefined'));
    expect(() => new Barrier(2, null as never)).toThrow('Expected the options of a barrier to be an object, got null');
    const iterator = new Barrier(2).wait()[Symbol.iterator]();
    expect(() => iterator.next()).toThrow('Expected `yield*` of wait() at barrier inside a task that an executor runs, got one outside of any task');
  });
});
