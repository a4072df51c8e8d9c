/** What all parallel functions take, and its validation: every message says what was expected and what was got. */

import type { Executor } from '@heddle/core';
import { describe, expectNumber, validateCallOptions } from '@heddle/core/engine';

/** What can be walked over. Read lazily: no further ahead than the items under way need. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/** How far a parallel function has come. */
export interface Progress {
  /** Items that have ended. */
  readonly completed: number;
  /** Items in all; `undefined` for inputs that do not tell their length, such as generators. */
  readonly total: number | undefined;
}

/** Options of every parallel function. */
export interface ParallelOptions {
  /** Stops everything when it aborts: the rest is cancelled, what runs is waited for, then `CancelledError` is thrown with the signal's reason as `cause`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Most items under way at once, an integer of at least 1. With `Infinity` all at once in place, and on an executor as many
   * as keep its threads busy.
   * @default Infinity
   */
  readonly concurrency?: number | undefined;
  /** Called after items have ended, at most once a chunk. What it throws stops the run like a failing item. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Options of the functions that give back a list. */
export interface MapOptions extends ParallelOptions {
  /** Whether results come in the order of their items; otherwise in the order in which they were ready. @default true */
  readonly ordered?: boolean | undefined;
}

/** The options as the package uses them: checked, and any executor taken for one that takes local tasks too. */
export interface CheckedOptions {
  readonly executor: Executor | undefined;
  readonly signal: AbortSignal | undefined;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

type AnyOptions = MapOptions & { readonly executor?: Executor<true> | undefined };

/**
 * Checks the options of a parallel function and fills in the defaults.
 *
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when `concurrency` is out of its range
 */
export function checkOptions(options: AnyOptions | undefined = {}): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError(`Expected options to be an object, got ${describe(options)}`);
  const { executor, signal, concurrency = Infinity, ordered = true, onProgress } = options;
  if (executor !== undefined && !isExecutor(executor)) {
    throw new TypeError(`Expected \`executor\` to be an executor, such as new InlineExecutor(), got ${describe(executor)}`);
  }
  validateCallOptions({ signal });
  expectNumber('concurrency', concurrency, { min: 1, integer: true, infinite: true });
  if (typeof ordered !== 'boolean') throw new TypeError(`Expected \`ordered\` to be a boolean, got ${describe(ordered)}`);
  if (onProgress !== undefined) expectFunction('onProgress', onProgress);
  return { executor, signal, concurrency, ordered, onProgress };
}

// By shape: an executor of another copy of the library, or one that a user wrote, is as good.
function isExecutor(value: unknown): value is Executor {
  const { submit, capacity } = (value ?? {}) as Partial<Executor>;
  return typeof submit === 'function' && typeof capacity === 'number';
}

/** @throws {TypeError} when `value` is no function */
export function expectFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`Expected \`${name}\` to be a function, got ${describe(value)}`);
}
