import { isCall, type Coroutine } from '@heddle/core';
import { awaitAny } from '../awaitable.ts';
import { Stopwatch, type ChunkReport } from '../chunk-report.ts';
import { withIndex } from '../item-error.ts';
import { pack, Payload } from '../payload.ts';

/** What a chunk is made of. */
export interface ItemList {
  readonly size: number;
  /** The index of the first item within the whole run; `undefined` where errors should not name one. */
  readonly start: number | undefined;
  /** Whether anybody wants the values. */
  readonly keepsValues: boolean;
  /** Returns what to await for the nth item. */
  readonly nth: (n: number) => unknown;
}

/**
 * Runs the items of a chunk one after another. Ends early, with a report of what has been done, when that took too long or came
 * to too much data.
 *
 * @throws the first failure as it is, with the `index` of its item where it can carry that
 */
export function* runItems({ size, start, keepsValues, nth }: ItemList): Coroutine<ChunkReport> {
  const stopwatch = new Stopwatch();
  const values: unknown[] = [];
  const payload = new Payload();
  let count = 0;
  do {
    let value: unknown;
    try {
      const awaitable = nth(count);
      value = isCall(awaitable) ? yield* awaitable : yield* awaitAny(awaitable);
    } catch (error) {
      throw start === undefined ? error : withIndex(error, start + count);
    }
    count++;
    if (keepsValues) {
      values.push(value);
      payload.add(value);
    }
  } while (count < size && !payload.isFull && !stopwatch.isOver(count));
  return stopwatch.report(count, pack(values));
}
