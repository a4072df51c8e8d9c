/** Pools under random faults, round after round, from a seed. */

import { heapUsed } from '../fixtures/heap.js';
import type { Weather } from './plan.ts';
import { Random } from './random.ts';
import { Round } from './round.ts';

const ROUND_SIZE = 250;

/** Many small calls: every thread has enough of its own. */
const CROWD = { depth: 3, bushy: 0, burst: 60, isPatient: false, leastThreads: 1 };

/** Few large ones: threads live by what they are lent, and die with it. */
const TREES = { depth: 6, bushy: 3, burst: 2, isPatient: true, leastThreads: 2 };

/** In turn, so that every kind of weather is met however short the soak is. */
const WEATHERS: readonly { readonly name: string; readonly weather: Weather; readonly kills: number }[] = [
  { name: 'storm', weather: { fatal: 0.02, endless: 0.02, failing: 0.2, cancelled: 0.3, ...CROWD }, kills: 3 },
  { name: 'fair', weather: { fatal: 0, endless: 0, failing: 0.1, cancelled: 0, ...CROWD }, kills: 0 },
  { name: 'cancellations', weather: { fatal: 0, endless: 0.03, failing: 0.1, cancelled: 1, ...CROWD }, kills: 0 },
  { name: 'kills', weather: { fatal: 0, endless: 0, failing: 0.05, cancelled: 0.1, ...CROWD }, kills: 5 },
  { name: 'exits', weather: { fatal: 0.08, endless: 0, failing: 0.05, cancelled: 0.1, ...CROWD }, kills: 0 },
  { name: 'loans', weather: { fatal: 0, endless: 0, failing: 0.02, cancelled: 0.05, ...TREES }, kills: 5 },
  { name: 'loans and exits', weather: { fatal: 0.003, endless: 0.001, failing: 0.02, cancelled: 0.05, ...TREES }, kills: 0 },
];

export interface SoakOptions {
  readonly seed: number;
  /** At least so many calls. */
  readonly tasks: number;
  /** Told how it goes. */
  readonly log: (line: string) => void;
}

export interface SoakResult {
  readonly tasks: number;
  /** How many of their children ran on another thread than their parent. */
  readonly moved: number;
  /** Bytes of heap in use after each round, garbage collected. */
  readonly heap: readonly number[];
}

/** @throws {Error} when something came out as it must not; the message has the seed, the round and the plan of the call */
export async function soak({ seed, tasks, log }: SoakOptions): Promise<SoakResult> {
  const random = new Random(seed);
  const heap: number[] = [];
  let done = 0;
  let moved = 0;
  for (let number = 0; done < tasks; number++) {
    const { name, weather, kills } = WEATHERS[number % WEATHERS.length] as (typeof WEATHERS)[number];
    try {
      const round = await new Round(random.fork(), ROUND_SIZE, weather, kills).run();
      done += round.calls;
      moved += round.moved;
    } catch (error) {
      throw new Error(`Seed ${seed}, round ${number} (${name}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    heap.push(heapUsed());
    log(`seed ${seed}: round ${number} (${name}), ${done} calls, ${moved} children moved, heap ${((heap.at(-1) ?? 0) / 2 ** 20).toFixed(1)} MB`);
  }
  return { tasks: done, moved, heap };
}
