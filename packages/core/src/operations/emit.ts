import type { Coroutine, Operation } from '../coroutine.ts';
import { engine } from '../engine/state.ts';
import { notInTask, operation } from '../engine/wait.ts';
import { until } from './until.ts';

/**
 * Gives a value to whoever reads the running task's stream or progress, and waits while 16 values wait to be read: so a task that is
 * faster than its reader holds no more than that in memory. Where nobody reads, the value is dropped at once.
 *
 * @throws {SerializationError} when the value has to be copied to another thread and cannot be
 * @remarks In an async generator as the body of a task each `yield` does the same.
 * @example
 * ```ts
 * const primes = task(import.meta, 'primes', function* (below: number) {
 *   for (let n = 2; n < below; n++) if (isPrime(n)) yield* emit(n);
 * });
 *
 * for await (const prime of stream(pool, primes(1_000))) console.log(prime);
 * ```
 */
export function emit(value: unknown): Operation<void> {
  return operation(() => give(value));
}

function* give(value: unknown): Coroutine<void> {
  const { fiber } = engine;
  if (fiber === null) throw notInTask('emit');
  const { emitter } = fiber;
  while (emitter.isFull) yield* until(() => emitter.room());
  emitter.sent();
  try {
    fiber.reportProgress(value, emitter.taken);
  } catch (error) {
    emitter.taken();
    throw error;
  }
}
