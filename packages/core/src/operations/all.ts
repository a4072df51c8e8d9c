import type { AwaitedResults, Coroutine, Operation } from '../coroutine.ts';
import type { FrameStep } from '../engine/frame.ts';
import { ScopeEnd } from '../engine/scope-end.ts';
import { OPERATION } from '../engine/wait.ts';
import { expectOperands, openScope, start, type Operands, type Started } from './scoped.ts';

/**
 * Runs calls side by side and gives their values: an array for an array, a record for a record. Takes calls, handles and other
 * operations, promises, and plain values. The first failure cancels the other calls and is thrown once they have ended.
 *
 * @example
 * ```ts
 * const [left, right] = yield* all([fib(n - 1), fib(n - 2)]);
 * const { user, posts } = yield* all({ user: loadUser(id), posts: loadPosts(id) });
 * ```
 * @throws {TypeError} when `operands` is neither an array nor a record
 */
export function all<const T extends readonly unknown[] | Record<string, unknown>>(operands: T): Operation<AwaitedResults<T>> {
  expectOperands('all', operands);
  return new AllOf(operands) as unknown as Operation<AwaitedResults<T>>;
}

/** Inert: can be awaited any number of times. */
class AllOf {
  readonly #operands: Operands;

  constructor(operands: Operands) {
    this.#operands = operands;
  }

  get [OPERATION](): true {
    return true;
  }

  [Symbol.iterator](): Coroutine<unknown> {
    return new All(this.#operands) as unknown as Coroutine<unknown>;
  }
}

const NO_SLOTS: unknown[] = [];

/** One await of `all`. By hand instead of as a generator, because fan-out is what tasks are for (bench `spawn-join`). */
class All {
  readonly #operands: Operands;
  /** The names of a record's operands; `null` for a list. */
  readonly #keys: readonly string[] | null;
  /** The operands, then what was started for each, and at last their values: one array, of exactly their number. */
  #slots: unknown[] = NO_SLOTS;
  #end: ScopeEnd | null = null;

  constructor(operands: Operands) {
    this.#operands = operands;
    this.#keys = Array.isArray(operands) ? null : Object.keys(operands);
  }

  next(): FrameStep {
    this.#end ??= this.#begin();
    const step = this.#end.next();
    return step.done === true ? { done: true, value: this.#values() } : step;
  }

  throw(error: unknown): FrameStep {
    if (this.#end === null) throw error;
    const step = this.#end.throw(error);
    return step.done === true ? { done: true, value: this.#values() } : step;
  }

  #begin(): ScopeEnd {
    const scope = openScope('all()', 'every');
    const slots = this.#keys === null ? (this.#operands as readonly unknown[]).slice() : Object.values(this.#operands);
    this.#slots = slots;
    try {
      // By index, so that a hole in a sparse array counts as `undefined`, as it does for Promise.all.
      for (let index = 0; index < slots.length; index++) slots[index] = start(scope, slots[index]);
    } catch (error) {
      return new ScopeEnd(scope, true, error);
    }
    return new ScopeEnd(scope, false, undefined);
  }

  /** Invariant: the scope has ended without a failure, so each operand has its value. */
  #values(): unknown {
    const slots = this.#slots;
    for (let index = 0; index < slots.length; index++) slots[index] = (slots[index] as Started).value;
    const keys = this.#keys;
    return keys === null ? slots : Object.fromEntries(slots.map((value, index) => [keys[index], value]));
  }
}
