/**
 * The long soak: `pnpm -C packages/threadpool run soak`. `SEED` repeats a run (the same calls and faults; which thread takes what is
 * chance), `TASKS` sets its length.
 */

import { soak } from './soak.ts';

/** The heap may hold this much more at the end than in the middle: what V8 compiles and caches meanwhile, in bytes. */
const TOLERANCE = 2 * 2 ** 20;

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const tasks = Number(process.env['TASKS'] ?? 20_000);

const { tasks: done, moved, heap } = await soak({ seed, tasks, log: (line) => process.stdout.write(`${line}\n`) });
const grown = least(heap.slice(-10)) - least(heap.slice(Math.floor(heap.length / 2) - 5, Math.floor(heap.length / 2) + 5));
if (grown > TOLERANCE) throw new Error(`Seed ${seed}: expected the heap to stay as large as it is, got ${(grown / 2 ** 20).toFixed(1)} MB more after ${done} calls`);
process.stdout.write(`seed ${seed}: ${done} calls settled as they must, ${moved} of their children ran on other threads than their parents, and nothing is left; the heap grew by ${(grown / 2 ** 10).toFixed(0)} KB in the second half\n`);

function least(sizes: readonly number[]): number {
  return Math.min(...sizes);
}
