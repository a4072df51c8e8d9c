import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { task, TASK_CHANNEL, yieldNow, type TraceEvent } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { afterEach, expect, test } from 'vitest';

let events: TraceEvent[] = [];
const hear = (message: unknown): void => {
  events.push(message as TraceEvent);
};

afterEach(() => {
  unsubscribe(TASK_CHANNEL, hear);
  events = [];
});

const typesOf = (name: string): string => events.flatMap((event) => (event.name === name ? [event.type] : [])).join(' ');

const twice = task(function* twice() {
  yield* yieldNow();
});

test('a multiplexer publishes to who subscribes before it was made, and after', async () => {
  await using early = new Multiplexer();
  subscribe(TASK_CHANNEL, hear);
  await using late = new Multiplexer({ thread: 1 });
  await Promise.all([early.run(twice(), { name: 'early' }), late.run(twice(), { name: 'late' })]);
  expect(typesOf('early')).toBe('queued started yielded resumed completed');
  expect(typesOf('late')).toBe('queued started yielded resumed completed');
  expect(new Set(events.map(({ name, thread }) => `${name} ${thread}`))).toEqual(new Set(['early 0', 'late 1']));
});

test('a multiplexer looks for subscribers at the beginning of a turn, and not at each event', async () => {
  await using multiplexer = new Multiplexer({ budget: { steps: 4, ms: Infinity } });
  const steps: number[] = [];
  const subscriber = task(function* subscriber() {
    for (let step = 1; step <= 8; step++) {
      if (step === 2) subscribe(TASK_CHANNEL, hear);
      steps.push(events.length);
      yield* yieldNow();
    }
  });
  await multiplexer.run(subscriber());
  // Four steps a turn, and two events a step: the fifth step is the first that is told.
  expect(steps).toEqual([0, 0, 0, 0, 1, 3, 5, 7]);
});
