import type { Awaitable, Coroutine, Operation } from '../coroutine.ts';
import { Fiber } from '../engine/fiber.ts';
import { operation } from '../engine/wait.ts';
import type { Outcome } from '../executor.ts';
import { endOperands, expectOperands, inShapeOf, openScope, startAll, type Operands, type Started } from './scoped.ts';

/** The outcomes of a tuple, array or record of operands. */
export type Outcomes<T> = { -readonly [K in keyof T]: Outcome<Awaitable<T[K]>> };

/**
 * Runs calls side by side and gives how each of them ended, in the shape of the operands. No failure cancels another call.
 *
 * @throws {TypeError} when `operands` is neither an array nor a record
 */
export function allSettled<const T extends readonly unknown[] | Record<string, unknown>>(operands: T): Operation<Outcomes<T>> {
  expectOperands('allSettled', operands);
  return operation(() => runAllSettled(operands) as Coroutine<Outcomes<T>>);
}

function* runAllSettled(operands: Operands): Coroutine<unknown> {
  const scope = openScope('allSettled()', 'ignore');
  const started = yield* startAll(scope, operands);
  yield* endOperands(scope, started);
  return inShapeOf(operands, new Map([...started].map(([key, operand]) => [key, outcomeOf(operand)])));
}

function outcomeOf(operand: Started): Outcome<unknown> {
  if (!(operand instanceof Fiber)) return { status: 'fulfilled', value: operand.value };
  // Invariant: the scope has ended, so each child has its outcome.
  return operand.outcome!;
}
