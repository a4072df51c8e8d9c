/** Pools under random faults, round after round, from a seed. */

import { heapUsed } from '../fixtures/heap.js';
import type { Weather } from './plan.ts';
import { Random } from './random.ts';
import { Round } from './round.ts';

const ROUND_SIZE = 250;

/** In turn, so that every kind of weather is met however short the soak is. */
const WEATHERS: readonly { readonly name: string; readonly weather: Weather; readonly kills: number }[] = [
  { name: 'storm', weather: { fatal: 0.02, endless: 0.02, failing: 0.2, cancelled: 0.3 }, kills: 3 },
  { name: 'fair', weather: { fatal: 0, endless: 0, failing: 0.1, cancelled: 0 }, kills: 0 },
  { name: 'cancellations', weather: { fatal: 0, endless: 0.03, failing: 0.1, cancelled: 1 }, kills: 0 },
  { name: 'kills', weather: { fatal: 0, endless: 0, failing: 0.05, cancelled: 0.1 }, kills: 5 },
  { name: 'exits', weather: { fatal: 0.08, endless: 0, failing: 0.05, cancelled: 0.1 }, kills: 0 },
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
  /** Bytes of heap in use after each round, garbage collected. */
  readonly heap: readonly number[];
}

/** @throws {Error} when something came out as it must not; the message has the seed, the round and the plan of the call */
export async function soak({ seed, tasks, log }: SoakOptions): Promise<SoakResult> {
  const random = new Random(seed);
  const heap: number[] = [];
  let done = 0;
  for (let number = 0; done < tasks; number++) {
    const { name, weather, kills } = WEATHERS[number % WEATHERS.length] as (typeof WEATHERS)[number];
    try {
      done += await new Round(random.fork(), ROUND_SIZE, weather, kills).run();
    } catch (error) {
      throw new Error(`Seed ${seed}, round ${number} (${name}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    heap.push(heapUsed());
    log(`seed ${seed}: round ${number} (${name}), ${done} calls, heap ${((heap.at(-1) ?? 0) / 2 ** 20).toFixed(1)} MB`);
  }
  return { tasks: done, heap };
}
