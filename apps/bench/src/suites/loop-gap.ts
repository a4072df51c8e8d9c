/** Tasks that are ready for ever, under a time budget: how long the event loop waits for its turn, and what the budget costs. */

import { spawn, task, yieldNow } from '@heddle/core';
import type { Multiplexer } from '@heddle/multiplexer';
import { defineSuite, equals, percentile, quotientOfTimes, type PairedWork, type Subject } from '../harness/index.ts';
import { calibrateSpin, type SpinWork } from '../peers/calibrate.ts';
import { spin } from '../workers/functions.ts';

/** A few, so that each step is another task's. */
const TASKS = 10;

/** The longest that the event loop may wait, but for one turn in a hundred. */
const LIMIT_MS = 5;

/** What a budget may cost of the throughput. */
const LEAST_KEPT = 0.98;

/** How long one execution looks at the event loop. A hundred turns and more: enough for a 99th percentile. */
const WINDOW_MS = 300;

/** How much the tasks do in one go where their number of steps is given, because without a budget nothing can stop them. Several slices. */
const WORK_US = 10_000;

/** Of both twice, in one execution. */
const GROUPS = 6;

/** The slice of those who give way by hand: the default of the multiplexer. */
const SLICE_MS = 2;

/** A step's own work, beside what giving way costs. */
interface Step {
  readonly label: string;
  readonly workUs: number;
  /** How long the step takes in all, roughly. */
  readonly stepUs: number;
}

const STEPS: readonly Step[] = [
  // Nothing but to give way and to be resumed: 40 ns where the machine has nothing else to do.
  { label: '40 ns', workUs: 0, stepUs: 0.1 },
  { label: '1 us', workUs: 1, stepUs: 1 },
  { label: '100 us', workUs: 100, stepUs: 100 },
];

/** `spin` for each of the `STEPS`. */
type Works = readonly SpinWork[];
const prepare = (): Works => STEPS.map(({ workUs }) => calibrateSpin(workUs));

export const loopGap = defineSuite<Works>(import.meta, {
  id: 'loop-gap',
  question: `How long does the event loop wait for its turn, 99 times of 100, while ${TASKS} tasks are ready for ever?`,
  unit: `ms, 99th percentile of ${WINDOW_MS / 1_000} s`,
  lowerIsBetter: true,
  isSlow: true,
  prepare,
  subjects: [
    ...STEPS.map(({ label }, index) => gapSubject(`heddle ${label}`, `Multiplexer as it comes, steps of ${label}`, index, startTasks)),
    ...STEPS.map(({ label }, index) => gapSubject(`by hand ${label}`, `a loop that looks at the clock after each step, setImmediate after ${SLICE_MS} ms`, index, startByHand)),
    gapSubject('idle', 'nothing is under way: what the probe sees by itself', 0, () => () => Promise.resolve()),
  ],
  ratios: STEPS.flatMap(({ label }) => [
    { name: `heddle ${label}, ms`, numerator: `heddle ${label}`, atMost: LIMIT_MS },
    // What other programs on the machine do to both: far above 1 the gap is ours.
    { name: `heddle ${label} / by hand gap`, numerator: `heddle ${label}`, denominator: `by hand ${label}` },
  ]),
});

export const loopGapLoss = defineSuite<Works>(import.meta, {
  id: 'loop-gap-loss',
  question: 'What is left of the throughput under the time budget that keeps the event loop responsive?',
  unit: 'throughput with the budget / without',
  lowerIsBetter: false,
  isSlow: true,
  prepare,
  subjects: STEPS.map((step, index) => lossSubject(`heddle ${step.label}`, index)),
  ratios: STEPS.map(({ label }) => ({ name: `heddle ${label}, with / without budget`, numerator: `heddle ${label}`, atLeast: LEAST_KEPT })),
});

/** What the tasks of an execution share. */
interface Endless {
  /** Steps until every task ends, counted down. */
  left: number;
  /** Of `spin`. */
  readonly spins: number;
}

const stepOn = task(function* (endless: Endless) {
  while (endless.left-- > 0) {
    spin(endless.spins);
    yield* yieldNow();
  }
});

const stepTogether = task(function* (endless: Endless) {
  for (let index = 0; index < TASKS; index++) yield* spawn(stepOn(endless));
});

// -- the gap --


function gapSubject(name: string, note: string, index: number, start: (spins: number) => (() => Promise<void>) | Promise<() => Promise<void>>): Subject<Works> {
  return {
    name,
    note,
    setup: (works) => ({
      async run() {
        // Invariant: there is a work for each of the STEPS.
        const stop = await start(works[index]!.steps);
        const gapsMs = await watchLoop(WINDOW_MS);
        await stop();
        return percentile(gapsMs, 99);
      },
    }),
  };
}

/** Asks for a turn of the event loop, and for another as soon as it has come, and gives how long each of them took to come. */
async function watchLoop(forMs: number): Promise<number[]> {
  const gapsMs: number[] = [];
  const startMs = performance.now();
  let lastMs = startMs;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const nowMs = performance.now();
      gapsMs.push(nowMs - lastMs);
      lastMs = nowMs;
      if (nowMs - startMs < forMs) setImmediate(look);
      else resolve();
    };
    setImmediate(look);
  });
  return gapsMs;
}

async function startTasks(spins: number): Promise<() => Promise<void>> {
  const { Multiplexer } = await import('@heddle/multiplexer');
  const multiplexer = new Multiplexer();
  const endless: Endless = { left: Infinity, spins };
  const ended = multiplexer.run(stepTogether(endless));
  return async () => {
    endless.left = 0;
    await ended;
    await multiplexer.close();
  };
}

function startByHand(spins: number): () => Promise<void> {
  let hasStopped = false;
  const slice = (): void => {
    const endMs = performance.now() + SLICE_MS;
    do spin(spins);
    while (performance.now() < endMs);
    if (!hasStopped) setImmediate(slice);
  };
  setImmediate(slice);
  return async () => {
    hasStopped = true;
  };
}

// -- the loss --

/** With and without a budget in one process: it is the same code, compiled once. */
function lossSubject(name: string, index: number): Subject<Works> {
  return {
    name,
    note: 'Multiplexer as it comes, against `budget: { ms: Infinity }`, which gives the event loop no turn',
    async setup(works) {
      const { Multiplexer } = await import('@heddle/multiplexer');
      const budgeted = new Multiplexer();
      const unbudgeted = new Multiplexer({ budget: { ms: Infinity } });
      // Invariant: there is a step, and a work, for each index.
      const steps = Math.round(WORK_US / STEPS[index]!.stepUs);
      const { steps: spins } = works[index]!;
      const workOn = (multiplexer: Multiplexer): PairedWork => ({
        work: async () => {
          const endless: Endless = { left: steps, spins };
          await multiplexer.run(stepTogether(endless));
          return endless.left;
        },
        // Each task counts once more, and finds that it is to end.
        check: equals<unknown>(-TASKS),
      });
      return {
        run: () => quotientOfTimes(workOn(unbudgeted), workOn(budgeted), GROUPS),
        teardown: async () => {
          await budgeted.close();
          await unbudgeted.close();
        },
      };
    },
  };
}
