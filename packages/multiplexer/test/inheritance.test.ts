/** Urgency that is inherited through awaits and locks takes effect in the queues of the policies that go by it. */

import { group, Mutex, sleep, spawn, task, yieldNow, type CallOptions, type TaskHandle } from '@heddle/core';
import { edf, fair, fifo, Multiplexer, priority, type PolicyFactory } from '@heddle/multiplexer';
import { describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

/** A policy that goes by urgency, and what gives a call more or less of it. */
interface Urgent {
  readonly name: string;
  readonly policy: PolicyFactory;
  readonly high: CallOptions;
  readonly middle: CallOptions;
  readonly low: CallOptions;
}

const urgentPolicies: Urgent[] = [
  { name: 'priority', policy: priority(), high: { priority: 9 }, middle: { priority: 5 }, low: { priority: 1 } },
  { name: 'priority with ageing', policy: priority({ agingMs: 1_000 }), high: { priority: 9 }, middle: { priority: 5 }, low: { priority: 1 } },
  { name: 'edf', policy: edf(), high: { deadline: 1_000 }, middle: { deadline: 2_000 }, low: { deadline: 3_000 } },
  { name: 'edf, where no deadline is least', policy: edf(), high: { deadline: 1_000 }, middle: { deadline: 2_000 }, low: {} },
];

const steps = task(function* (log: string[], name: string, count: number) {
  for (let at = 1; at <= count; at++) {
    log.push(`${name}${at}`);
    yield* yieldNow();
  }
});

const join = task(function* (log: string[], name: string, handle: TaskHandle<unknown>) {
  yield* handle;
  log.push(name);
});

const locked = task(function* (log: string[], name: string, mutex: Mutex, onAcquired: () => void) {
  yield* mutex.with(function* () {
    onAcquired();
    yield* steps(log, name, 2);
  });
  yield* yieldNow();
  log.push(`${name} after`);
});

describe.each(urgentPolicies)('under $name', ({ policy, high, middle, low }) => {
  const start = (): Multiplexer => new Multiplexer({ policy, clock: new ManualClock() });
  const ends = (handles: readonly TaskHandle<unknown>[]): Promise<unknown> => Promise.all(handles.map(({ result }) => result));

  test('a ready task that an urgent one awaits steps before those in between', async () => {
    await using multiplexer = start();
    const log: string[] = [];
    const awaited = multiplexer.submit(steps(log, 'low', 2), low);
    const others = [multiplexer.submit(steps(log, 'middle', 2), middle), multiplexer.submit(join(log, 'high', awaited), high)];
    await ends([awaited, ...others]);
    expect(log).toEqual(['low1', 'low2', 'high', 'middle1', 'middle2']);
  });

  test('so does all that the awaited one waits for in turn, and its children', async () => {
    await using multiplexer = start();
    const log: string[] = [];
    const parent = task(function* () {
      yield* group(function* (nursery) {
        nursery.spawn(steps(log, 'child', 2));
      });
    });
    const awaited = multiplexer.submit(parent(), low);
    const between = multiplexer.submit(join(log, 'between', awaited), low);
    const others = [multiplexer.submit(steps(log, 'middle', 2), middle), multiplexer.submit(join(log, 'high', between), high)];
    await ends([awaited, between, ...others]);
    expect(log).toEqual(['child1', 'child2', 'between', 'high', 'middle1', 'middle2']);
  });

  test('it is as urgent as before once nobody urgent waits any more', async () => {
    await using multiplexer = start();
    const log: string[] = [];
    const awaited = multiplexer.submit(steps(log, 'low', 2), low);
    const waiting = multiplexer.submit(join(log, 'high', awaited), high);
    const canceller = task(() => {
      log.push('cancel');
      waiting.cancel();
    });
    const others = [multiplexer.submit(steps(log, 'middle', 2), middle), multiplexer.submit(canceller(), high)];
    await ends([awaited, ...others]);
    await expect(waiting.result).rejects.toThrow('cancelled');
    expect(log).toEqual(['low1', 'cancel', 'middle1', 'middle2', 'low2']);
  });

  test('the holder of a lock that an urgent one waits for steps before those in between, until it lets go', async () => {
    await using multiplexer = start();
    const log: string[] = [];
    const mutex = new Mutex();
    const others: TaskHandle<unknown>[] = [];
    const submitOthers = (): void => {
      others.push(multiplexer.submit(steps(log, 'middle', 2), middle), multiplexer.submit(locked(log, 'high', mutex, () => {}), high));
    };
    const holder = multiplexer.submit(locked(log, 'low', mutex, submitOthers), low);
    await holder.result;
    await ends(others);
    expect(log).toEqual(['low1', 'low2', 'high1', 'high2', 'high after', 'middle1', 'middle2', 'low after']);
  });
});

test('a child has the deadline of its parent, and one of its own only if that is earlier', async () => {
  await using multiplexer = new Multiplexer({ policy: edf(), clock: new ManualClock() });
  const log: string[] = [];
  const parent = task(function* () {
    yield* spawn(steps(log, 'later', 1).with({ deadline: 9_000 }));
    yield* spawn(steps(log, 'sooner', 1).with({ deadline: 1_000 }));
  });
  await Promise.all([multiplexer.run(parent(), { deadline: 2_000 }), multiplexer.run(steps(log, 'other', 1), { deadline: 5_000 })]);
  expect(log).toEqual(['sooner1', 'later1', 'other1']);
});

test.each([
  ['fifo', fifo()],
  ['fair', fair()],
])('%s goes by no urgency, so no account is kept of who waits', async (_name, policy) => {
  await using multiplexer = new Multiplexer({ policy });
  expect(multiplexer.inheritance).toBeNull();
  const sleeper = task(function* () {
    yield* sleep(0);
  });
  await multiplexer.run(sleeper(), { priority: 3 });
});
