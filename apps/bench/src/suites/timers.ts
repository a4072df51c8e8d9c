/** Timers beside a million others: time-outs that are cancelled in time, which most are, and sleeps that end. */

import type { CancelTimer, Clock } from '@heddle/core';
import { defineSuite, nanosecondsEach, timed, type Execution, type Subject } from '../harness/index.ts';
import { openHeapTimers, openHostTimers, openNoTimers, openTimerClock } from '../peers/timers.ts';

const ARMED = 1_000_000;

/** Of those that are armed all the while, so that none fires. A thousand different ones: the host keeps a list for each. */
const HOUR_MS = 3_600_000;
const DURATIONS = 1_000;

/** Time-outs of one execution, and how many are under way at a time, as requests are. */
const TIMEOUTS = 20_000;
const UNDER_WAY = 1_000;
const TIMEOUT_MS = 30_000;

/** Sleeps of one execution, of 1 to so many milliseconds. */
const SLEEPS = 5_000;
const LONGEST_SLEEP_MS = 10;

type SetTimer = Clock['setTimer'];

const CLOCKS: readonly { name: string; note: string; open: () => Promise<SetTimer> }[] = [
  { name: 'heddle', note: 'TimerClock, as in a multiplexer', open: openTimerClock },
  { name: 'setTimeout', note: `${DURATIONS} different durations`, open: openHostTimers },
  { name: 'heap-js', note: 'a binary heap on one setTimeout; marks what is cancelled, and is built anew when most of it is', open: openHeapTimers },
];

export const timers = defineSuite(import.meta, {
  id: 'timers',
  question: `What does it cost to set a timer and to cancel it, or to set it and let it fire, beside ${ARMED.toLocaleString('en')} others that are armed?`,
  unit: 'ns per timer',
  lowerIsBetter: true,
  isSlow: true,
  subjects: [
    ...CLOCKS.map(({ name, note, open }) => subject(`${name} set and cancel`, note, open, cancelling)),
    { name: 'closures', note: 'set and cancel with no timers: what the measuring costs', setup: async () => cancelling(await openNoTimers()) },
    ...CLOCKS.map(({ name, note, open }) => subject(`${name} set and fire`, note, open, firing)),
  ],
  ratios: ['set and cancel', 'set and fire'].flatMap((work) =>
    ['setTimeout', 'heap-js'].map((peer) => ({ name: `heddle / ${peer} ${work} time`, numerator: `heddle ${work}`, denominator: `${peer} ${work}` })),
  ),
});

function subject(name: string, note: string, open: () => Promise<SetTimer>, measure: (setTimer: SetTimer) => Execution): Subject {
  return {
    name,
    note,
    async setup() {
      const setTimer = await open();
      const armed = Array.from({ length: ARMED }, (_, index) => setTimer(firedEarly, HOUR_MS + ((index * 7_919) % DURATIONS) * 1_000));
      return {
        ...measure(setTimer),
        teardown() {
          for (const cancel of armed) cancel();
        },
      };
    },
  };
}

function firedEarly(): void {
  throw new Error('Expected no timer to fire that is cancelled or due in an hour, got one that did');
}

/** Sets time-outs and cancels each when some more have been set. */
function cancelling(setTimer: SetTimer): Execution {
  const underWay: CancelTimer[] = Array.from({ length: UNDER_WAY }, () => () => {});
  return timed({
    operations: TIMEOUTS,
    as: nanosecondsEach,
    work() {
      for (let index = 0; index < TIMEOUTS; index++) {
        const at = index % UNDER_WAY;
        // Invariant: `at` is within the array.
        underWay[at]!();
        underWay[at] = setTimer(firedEarly, TIMEOUT_MS);
      }
      for (const cancel of underWay) cancel();
    },
    check: () => {},
  });
}

/** Sets sleeps, keeps the thread until all are due, and lets them fire. The time in which nothing can fire does not count. */
function firing(setTimer: SetTimer): Execution {
  return {
    async run() {
      let left = SLEEPS;
      const startMs = performance.now();
      const fired = new Promise<number>((resolve) => {
        const fire = (): void => {
          if (--left === 0) resolve(performance.now());
        };
        for (let index = 0; index < SLEEPS; index++) setTimer(fire, 1 + ((index * 7) % LONGEST_SLEEP_MS));
      });
      const setMs = performance.now();
      while (performance.now() < setMs + LONGEST_SLEEP_MS + 1);
      const dueMs = performance.now();
      const endMs = await fired;
      return nanosecondsEach(setMs - startMs + endMs - dueMs, SLEEPS);
    },
  };
}
