/** Sorting where the numbers are: in memory that the threads share. */

import { seededRandom } from '@heddle/core/engine';
import { defineSuite, milliseconds, timed, type Subject } from '../harness/index.ts';
import { forkJoinRatios, forkJoinSubjects, type Piece } from '../peers/fork-join.ts';
import { mergeSort, type SharedInts } from '../workers/steal-mergesort.ts';

const LENGTH = 2 ** 22;
const QUICK_LENGTH = 2 ** 20;

/** Any. */
const SEED = 5;

type Args = [items: SharedInts, spare: SharedInts, from: number, to: number, isIntoSpare: boolean];

export const stealMergesort = defineSuite<number>(import.meta, {
  id: 'steal-mergesort',
  question: 'How long does it take to sort 4 million 32-bit integers in shared memory by merging, on 1 and on 2 threads that steal from each other?',
  unit: 'ms',
  lowerIsBetter: true,
  isSlow: true,
  prepare: ({ isQuick }) => (isQuick ? QUICK_LENGTH : LENGTH),
  subjects: [
    ...forkJoinSubjects<number, Args, void>({ module: new URL('../workers/steal-mergesort.js', import.meta.url), name: 'mergeSort', task: mergeSort, piece: sortPiece }),
    hostSubject('Int32Array.prototype.sort', 'the same numbers in memory of its own', (length) => new Int32Array(length)),
    hostSubject('Int32Array.prototype.sort, shared', 'the same numbers in shared memory, of which V8 makes a copy first', (length) => shared(length)),
  ],
  ratios: [
    ...forkJoinRatios(1.8),
    { name: 'Int32Array.prototype.sort / heddle, 2 threads time', numerator: 'Int32Array.prototype.sort', denominator: 'heddle, 2 threads', atLeast: 1 },
    { name: 'Int32Array.prototype.sort / heddle, 1 thread time', numerator: 'Int32Array.prototype.sort', denominator: 'heddle, 1 thread' },
  ],
});

function shared(length: number): SharedInts {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

/** The numbers to sort, from the whole range, and the same in order. */
function numbers(length: number): { readonly unsorted: Int32Array; readonly sorted: Int32Array } {
  const random = seededRandom(SEED);
  const unsorted = Int32Array.from({ length }, () => Math.floor(random() * 2 ** 32) | 0);
  return { unsorted, sorted: unsorted.toSorted() };
}

function sortPiece(length: number): Piece<Args, void> {
  const { unsorted, sorted } = numbers(length);
  const items = shared(length);
  return {
    args: [items, shared(length), 0, length, false],
    reset: () => {
      items.set(unsorted);
    },
    check: () => {
      expectSame(items, sorted);
    },
  };
}

function hostSubject(name: string, note: string, allocate: (length: number) => Int32Array): Subject<number> {
  return {
    name,
    note,
    setup(length) {
      const { unsorted, sorted } = numbers(length);
      const items = allocate(length);
      return timed({
        as: milliseconds,
        reset: () => {
          items.set(unsorted);
        },
        work: () => items.sort(),
        check: () => {
          expectSame(items, sorted);
        },
      });
    },
  };
}

function expectSame(items: Int32Array, sorted: Int32Array): void {
  const index = items.findIndex((item, at) => item !== sorted[at]);
  if (index >= 0) throw new Error(`Expected ${sorted[index]} at index ${index}, got ${items[index]}`);
}
