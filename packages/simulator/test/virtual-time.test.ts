/** Virtual time under many timers: sleeps wake in order of their moment, then of their beginning; cancelled ones never. */

import { sleep, task } from '@heddle/core';
import { Simulator } from '@heddle/simulator';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const naps = fc.array(fc.record({ ms: fc.nat({ max: 50 }), isCancelled: fc.boolean() }), { maxLength: 200 });

test('sleeping tasks wake in order of time, then of submission, and cancelled ones never', async () => {
  await fc.assert(
    fc.asyncProperty(naps, async (each) => {
      const woken: number[] = [];
      const simulator = new Simulator({ tickMs: 0.5 });
      const nap = task(function* (index: number, ms: number) {
        yield* sleep(100 + ms);
        woken.push(index);
      });
      const handles = each.map(({ ms }, index) => simulator.submit(nap(index, ms)));
      const cancel = task(function* () {
        each.forEach(({ isCancelled }, index) => isCancelled && handles[index]?.cancel());
      });
      const settled = Promise.allSettled(handles.map((handle) => handle.result));
      // All of them begin to sleep at one tick of their own, so the later one of two equal sleeps also began later.
      await simulator.run(cancel());
      await settled;
      await simulator.close();
      const expected = each.map(({ ms, isCancelled }, index) => ({ index, isCancelled, dueTick: index + 2 * (100 + ms) }));
      expected.sort((a, b) => a.dueTick - b.dueTick || a.index - b.index);
      expect(woken).toEqual(expected.filter(({ isCancelled }) => !isCancelled).map(({ index }) => index));
    }),
  );
});

test('time stands still while nothing runs, and starts where it is told to', async () => {
  const simulator = new Simulator({ startMs: 1_000, tickMs: 2 });
  expect(simulator.clock.now()).toBe(1_000);
  const twoVisits = task(function* () {
    yield* sleep(7);
    return simulator.clock.now();
  });
  // Seven milliseconds are no less than four ticks of two.
  expect(await simulator.run(twoVisits())).toBe(1_008);
  await simulator.close();
});
