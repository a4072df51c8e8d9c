import { defineSuite, type Suite } from '../harness/index.ts';
import { calibrateSpin, type SpinWork } from '../peers/calibrate.ts';
import { EVEN_SHARES, evenShares } from '../peers/even-shares.ts';
import { heddlePool } from '../peers/heddle-pool.ts';
import { burstSubject, CONTENDERS, throughputRatios } from './pool-subjects.ts';

export const tasks10us = busySuite('tasks-10us', 10, 2_000, 10);
export const tasks100us = busySuite('tasks-100us', 100, 1_000, 2);
export const tasks1ms = busySuite('tasks-1ms', 1_000, 100, 1);

function busySuite(id: string, microseconds: number, tasks: number, piscinaAtLeast: number): Suite<SpinWork> {
  const length = microseconds < 1_000 ? `${microseconds} us` : `${microseconds / 1_000} ms`;
  return defineSuite<SpinWork>(import.meta, {
    id,
    question: `How many tasks of ${length} of computing does a pool of 2 threads complete a second, ${tasks.toLocaleString('en')} submitted at once?`,
    unit: 'tasks per second',
    lowerIsBetter: false,
    prepare: () => calibrateSpin(microseconds),
    subjects: [
      ...CONTENDERS.map((peer) =>
        burstSubject<SpinWork, 'spin'>(peer, ({ steps, expected }) => ({ tasks, work: 'spin', argument: () => steps, expected: () => expected })),
      ),
      evenShares(tasks),
    ],
    ratios: [
      ...throughputRatios({ piscina: piscinaAtLeast }),
      { name: 'bound: even shares / piscina throughput', numerator: EVEN_SHARES, denominator: 'piscina' },
      { name: 'heddle / even shares throughput', numerator: heddlePool.name, denominator: EVEN_SHARES },
    ],
  });
}
