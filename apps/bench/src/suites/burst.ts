import { defineSuite, type Ratio, type Suite } from '../harness/index.ts';
import { burstSubject, CONTENDERS, throughputRatios, type Burst } from './pool-subjects.ts';

export const burst16 = burstSuite('burst-16', 16, throughputRatios());
export const burst1000 = burstSuite('burst-1000', 1_000, throughputRatios());
export const burst10000 = burstSuite('burst-10000', 10_000, throughputRatios({ piscinaAtLeast: 40 }));

function burstSuite(id: string, tasks: number, ratios: readonly Ratio[]): Suite {
  const burst: Burst<'echo'> = { tasks, work: 'echo', argument: (index) => index, expected: (index) => index };
  return defineSuite(import.meta, {
    id,
    question: `How many empty tasks a second does a pool of 2 threads complete, ${tasks.toLocaleString('en')} submitted at once?`,
    unit: 'tasks per second',
    lowerIsBetter: false,
    subjects: CONTENDERS.map((peer) => burstSubject(peer, () => burst)),
    ratios,
  });
}
