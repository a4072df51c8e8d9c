import { defineSuite, equalsEach, perSecond, timed, type Subject, type TimedWork } from '../harness/index.ts';
import { calibrateSpin, type SpinWork } from '../peers/calibrate.ts';
import { piscinaTuned } from '../peers/pools.ts';
import { THREADS } from '../peers/worker-functions.ts';
import { addOne, spinItem } from '../workers/functions.ts';
import * as tasks from '../workers/tasks.ts';

const BUSY_ITEMS = 10_000;
const BUSY_MICROSECONDS = 50;
const TINY_ITEMS = 100_000;
/** Enough to keep the tuned pool's threads supplied; more only makes the queue longer. */
const PMAP_CONCURRENCY = 64;

const RATIOS = [
  { name: 'heddle / loop throughput', numerator: 'heddle', denominator: 'loop' },
  { name: 'heddle / p-map + piscina throughput', numerator: 'heddle', denominator: 'p-map + piscina' },
];

export const parallelMap = defineSuite<SpinWork>(import.meta, {
  id: 'parallel-map',
  question: `How many items of ${BUSY_MICROSECONDS} us of computing does a map over ${BUSY_ITEMS.toLocaleString('en')} of them complete a second, on 2 threads?`,
  unit: 'items per second',
  lowerIsBetter: false,
  prepare: () => calibrateSpin(BUSY_MICROSECONDS),
  subjects: [
    subject('heddle', `map() over a ThreadPool of ${THREADS} threads`, ({ steps, expected }) => heddleBusy(steps, expected)),
    subject('loop', 'in place, on the calling thread', ({ steps, expected }) => ({
      ...busy(expected),
      work: () => busyItems(steps).map((item) => spinItem(item)),
    })),
    subject('p-map + piscina', `p-map with concurrency ${PMAP_CONCURRENCY} over piscina (${piscinaTuned.note})`, ({ steps, expected }) => pmapBusy(steps, expected)),
  ],
  ratios: RATIOS,
});

export const parallelMapTiny = defineSuite(import.meta, {
  id: 'parallel-map-tiny',
  question: `How many tiny items does a map over ${TINY_ITEMS.toLocaleString('en')} of them complete a second, on 2 threads?`,
  unit: 'items per second',
  lowerIsBetter: false,
  subjects: [
    subject('heddle', `map() over a ThreadPool of ${THREADS} threads`, heddleTiny),
    subject('loop', 'in place, on the calling thread', () => ({ ...TINY, work: () => tinyItems().map((item) => addOne(item)) })),
    subject('p-map + piscina', `p-map with concurrency ${PMAP_CONCURRENCY} over piscina (${piscinaTuned.note})`, pmapTiny),
  ],
  ratios: RATIOS,
});

type Work = TimedWork<readonly number[]>;

function subject<P>(name: string, note: string, open: (parameters: P) => Work | Promise<Work>): Subject<P> {
  return { name, note, setup: async (parameters) => timed(await open(parameters)) };
}

function busy(expected: number): Pick<Work, 'operations' | 'as' | 'check'> {
  return { operations: BUSY_ITEMS, as: perSecond, check: equalsEach(BUSY_ITEMS, (index) => expected ^ index) };
}

function busyItems(steps: number): Parameters<typeof spinItem>[0][] {
  return Array.from({ length: BUSY_ITEMS }, (_, index) => ({ steps, index }));
}

const TINY = { operations: TINY_ITEMS, as: perSecond, check: equalsEach(TINY_ITEMS, (index) => index + 1) };

function tinyItems(): number[] {
  return Array.from({ length: TINY_ITEMS }, (_, index) => index);
}

async function heddleBusy(steps: number, expected: number): Promise<Work> {
  const { map, pool } = await openHeddle();
  return {
    ...busy(expected),
    work: () => map(busyItems(steps), (item) => tasks.spinItem(item), { executor: pool }),
    teardown: () => pool.close(),
  };
}

async function heddleTiny(): Promise<Work> {
  const { map, pool } = await openHeddle();
  return { ...TINY, work: () => map(tinyItems(), (item) => tasks.addOne(item), { executor: pool }), teardown: () => pool.close() };
}

async function openHeddle() {
  const [{ map }, { ThreadPool }] = await Promise.all([import('@heddle/parallel'), import('@heddle/threadpool')]);
  return { map, pool: new ThreadPool({ threads: THREADS }) };
}

async function pmapBusy(steps: number, expected: number): Promise<Work> {
  const { default: pMap } = await import('p-map');
  const pool = await piscinaTuned.open('spinItem');
  const work = (): Promise<number[]> => pMap(busyItems(steps), (item) => pool.run(item), { concurrency: PMAP_CONCURRENCY });
  return { ...busy(expected), work, teardown: async () => void (await pool.close()) };
}

async function pmapTiny(): Promise<Work> {
  const { default: pMap } = await import('p-map');
  const pool = await piscinaTuned.open('addOne');
  const work = (): Promise<number[]> => pMap(tinyItems(), (item) => pool.run(item), { concurrency: PMAP_CONCURRENCY });
  return { ...TINY, work, teardown: async () => void (await pool.close()) };
}
