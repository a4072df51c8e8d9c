import type { Coroutine, Operation } from '../coroutine.ts';
import { scopeOf } from '../engine/spawn-into.ts';
import { engine } from '../engine/state.ts';
import { notInTask, OPERATION } from '../engine/wait.ts';
import { describe } from '../options.ts';

/**
 * Ties a resource to the innermost scope (the task, or the `group`, `timeout` or `shield` around): it is disposed of when the scope
 * ends, also under cancellation, after the scope's children have ended; the last one taken goes first.
 *
 * @returns the resource
 * @throws {TypeError} when `resource` cannot be disposed of
 * @example
 * ```ts
 * // The shield: else a cancellation would let go of the file while it opens, and nobody would close it.
 * const file = yield* use(yield* shield(until(() => open(path))));
 * ```
 */
export function use<T extends Disposable | AsyncDisposable>(resource: T): Operation<T> {
  const isDisposable = typeof resource === 'object' && resource !== null && (Symbol.asyncDispose in resource || Symbol.dispose in resource);
  if (!isDisposable) throw new TypeError(`Expected use() of a resource with [Symbol.dispose] or [Symbol.asyncDispose], got ${describe(resource)}`);
  return new Use(resource) as unknown as Operation<T>;
}

/** Its own iterator, and done at the first step: taking a resource never suspends. */
class Use {
  readonly #resource: Disposable | AsyncDisposable;

  constructor(resource: Disposable | AsyncDisposable) {
    this.#resource = resource;
  }

  get [OPERATION](): true {
    return true;
  }

  [Symbol.iterator](): Coroutine<unknown> {
    return this as unknown as Coroutine<unknown>;
  }

  next(): { done: true; value: unknown } {
    const { fiber, level } = engine;
    if (fiber === null) throw notInTask('use()');
    scopeOf(fiber, level).use(this.#resource);
    return { done: true, value: this.#resource };
  }
}
