/** The scoped forms (`mutex.with(...)`): something is held for as long as a body runs. */

import type { Coroutine, Operation } from '../coroutine.ts';
import { isOperation, operation } from '../engine/wait.ts';
import { describe } from '../options.ts';

/** What runs while something is held: a generator function, or a function that returns a call or another operation. */
export type ScopedBody<R> = () => Operation<R>;

/** @throws {TypeError} when `body` is no function */
export function expectBody(what: string, body: unknown): void {
  if (typeof body !== 'function') throw new TypeError(`Expected ${what} of a generator function, got ${describe(body)}`);
}

/** Starts `body`. @throws {TypeError} when it returns nothing that can be awaited */
export function begin<R>(what: string, body: ScopedBody<R>): Operation<R> {
  const begun: unknown = body();
  if (isOperation(begun)) return begun as Operation<R>;
  throw new TypeError(`Expected ${what} of a generator function, or of one that returns an operation, got one that returned ${describe(begun)}`);
}

/** Makes the operation that takes something, runs `body` and gives the thing back, however the body ends. */
export function holding<H, R>(what: string, take: Operation<H>, giveBack: (held: H) => void, body: ScopedBody<R>): Operation<R> {
  expectBody(what, body);
  return operation(() => runHolding(what, take, giveBack, body));
}

function* runHolding<H, R>(what: string, take: Operation<H>, giveBack: (held: H) => void, body: ScopedBody<R>): Coroutine<R> {
  const held = yield* take;
  try {
    return yield* begin(what, body);
  } finally {
    giveBack(held);
  }
}
