import { defineSuite, type Ratio, type Suite } from '../harness/index.ts';
import { coalesced } from '../peers/coalesced.ts';
import { heddlePool } from '../peers/heddle-pool.ts';
import { burstSubject, CONTENDERS, throughputRatios, type Burst } from './pool-subjects.ts';

export const burst16 = burstSuite('burst-16', 16, throughputRatios({ piscina: 5 }));

const LARGE_BURST = { piscina: 60, tinypool: 60, workerpool: 60, poolifier: 10 };
export const burst1000 = burstSuite('burst-1000', 1_000, throughputRatios(LARGE_BURST));
export const burst10000 = burstSuite('burst-10000', 10_000, throughputRatios(LARGE_BURST));

function burstSuite(id: string, tasks: number, ratios: readonly Ratio[]): Suite {
  const burst: Burst<'echo'> = { tasks, work: 'echo', argument: (index) => index, expected: (index) => index };
  return defineSuite(import.meta, {
    id,
    question: `How many empty tasks a second does a pool of 2 threads complete, ${tasks.toLocaleString('en')} submitted at once?`,
    unit: 'tasks per second',
    lowerIsBetter: false,
    subjects: [...CONTENDERS, coalesced].map((peer) => burstSubject(peer, () => burst)),
    ratios: [
      ...ratios,
      { name: 'bound: coalesced / piscina throughput', numerator: coalesced.name, denominator: 'piscina' },
      { name: 'heddle / coalesced throughput', numerator: heddlePool.name, denominator: coalesced.name },
    ],
  });
}
