/**
 * A parallel merge sort of shared memory: runs that fit a core's cache are sorted in place by digits, and merged in parallel too,
 * or the last merge alone, which is sequential, would take a sixth of the time.
 *
 * @see T. H. Cormen et al., "Introduction to Algorithms", 3rd edition, section 27.3: multithreaded merging
 */

import { spawn, task, type Coroutine } from '@heddle/core';

/** Numbers in memory that threads share. */
export type SharedInts = Int32Array<SharedArrayBuffer>;

/** A run of so many numbers (128 KB) and its copy stay in a core's own cache. */
const RUN = 2 ** 15;
/** Merges of fewer numbers are not worth a task. */
const MERGE_RUN = 2 ** 16;

const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;
const DIGIT_MASK = DIGITS - 1;
/** Moves the sign bit, so that negative numbers come first. */
const SIGN = 2 ** 31;

/**
 * Sorts what is in `items` from index `from` up to, not including, `to`.
 *
 * @param spare as long as `items`; what is in the same range of it is lost
 * @param isIntoSpare whether the sorted numbers are to be in `spare`; then those in `items` are lost
 */
export const mergeSort = task(import.meta, 'mergeSort', function* (items: SharedInts, spare: SharedInts, from: number, to: number, isIntoSpare: boolean): Coroutine<void> {
  if (to - from <= RUN) {
    sortRun(items, spare, from, to, isIntoSpare);
    return;
  }
  const middle = (from + to) >>> 1;
  const left = yield* spawn(mergeSort(items, spare, from, middle, !isIntoSpare));
  yield* mergeSort(items, spare, middle, to, !isIntoSpare);
  yield* left;
  if (isIntoSpare) yield* merge(items, from, middle, middle, to, spare, from);
  else yield* merge(spare, from, middle, middle, to, items, from);
});

/** Merges two sorted ranges of `source` into `target` from index `at` on. */
const merge = task(
  import.meta,
  'merge',
  function* (source: SharedInts, from: number, to: number, otherFrom: number, otherTo: number, target: SharedInts, at: number): Coroutine<void> {
    if (to - from + otherTo - otherFrom <= MERGE_RUN) {
      mergeRuns(source, from, to, otherFrom, otherTo, target, at);
      return;
    }
    if (to - from < otherTo - otherFrom) {
      yield* merge(source, otherFrom, otherTo, from, to, target, at);
      return;
    }
    // All before the middle of the longer range, and all that is less in the other one, come before all the rest.
    const middle = (from + to) >>> 1;
    // Invariant: the middle is within the range.
    const otherMiddle = firstNotLess(source, otherFrom, otherTo, source[middle]!);
    const first = yield* spawn(merge(source, from, middle, otherFrom, otherMiddle, target, at));
    yield* merge(source, middle, to, otherMiddle, otherTo, target, at + middle - from + otherMiddle - otherFrom);
    yield* first;
  },
);

/** The first index in a sorted range whose number is at least `limit`; its end if there is none. */
function firstNotLess(source: SharedInts, from: number, to: number, limit: number): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    // Invariant: the middle is within the range.
    if (source[middle]! < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Without a branch that the processor could guess wrong, as it would for every second number. */
function mergeRuns(source: SharedInts, from: number, to: number, otherFrom: number, otherTo: number, target: SharedInts, at: number): void {
  while (from < to && otherFrom < otherTo) {
    // Invariant: both indices are within their ranges.
    const one = source[from]!;
    const other = source[otherFrom]!;
    const isOther = Number(other < one);
    target[at++] = one ^ ((one ^ other) & -isOther);
    otherFrom += isOther;
    from += 1 - isOther;
  }
  if (from < to) target.set(source.subarray(from, to), at);
  else target.set(source.subarray(otherFrom, otherTo), at);
}

/** Sorts a run by its lowest 11 bits, then the next 11, then the rest: each pass keeps the order of the one before among equals. */
function sortRun(items: SharedInts, spare: SharedInts, from: number, to: number, isIntoSpare: boolean): void {
  const low = new Int32Array(DIGITS);
  const middle = new Int32Array(DIGITS);
  const high = new Int32Array(DIGITS);
  for (let index = from; index < to; index++) {
    // Invariant: the index is within the run, and digits are within their tables; so below.
    const item = items[index]! ^ SIGN;
    low[item & DIGIT_MASK]!++;
    middle[(item >>> DIGIT_BITS) & DIGIT_MASK]!++;
    high[item >>> (2 * DIGIT_BITS)]!++;
  }
  scatter(items, spare, from, to, startsOf(low, from), 0);
  scatter(spare, items, from, to, startsOf(middle, from), DIGIT_BITS);
  scatter(items, spare, from, to, startsOf(high, from), 2 * DIGIT_BITS);
  if (!isIntoSpare) items.set(spare.subarray(from, to), from);
}

/** Turns counts of digits into the index at which the first number with each digit goes. */
function startsOf(counts: Int32Array, from: number): Int32Array {
  let start = from;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!;
    counts[digit] = start;
    start += count;
  }
  return counts;
}

function scatter(source: SharedInts, target: SharedInts, from: number, to: number, starts: Int32Array, shift: number): void {
  for (let index = from; index < to; index++) {
    const item = source[index]!;
    target[starts[((item ^ SIGN) >>> shift) & DIGIT_MASK]!++] = item;
  }
}
