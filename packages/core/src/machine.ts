/**
 * Tasks as explicit state machines, for the hottest code: no generator is made, so an await costs about a third of a native one (bench
 * `await-chain`). They are awaited, spawned and submitted like any other task.
 */

import type { Operation } from './coroutine.ts';
import { engine } from './engine/state.ts';
import { describe } from './options.ts';
import { defineLocal, definePortable, type AnyMachine, type ModuleMeta, type Task, type TaskOptions } from './task.ts';

declare const RESULT: unique symbol;

/** What `finish` gives: the machine has ended with a value. */
export interface Finished<out R> {
  readonly [RESULT]: R;
}

/** What a step of a machine returns: an operation to await next, or its end. */
export type MachineStep<R> = Operation<unknown> | Finished<R>;

/** A task as a state machine. */
export interface Machine<A extends readonly unknown[], S, R> {
  /** Makes the state of one run out of the call's arguments. */
  start(...args: A): S;
  /**
   * Goes on: at first with `undefined`, then with the value of the operation that it returned last. `resumed` is `any`, as a
   * coroutine's `yield*` cannot be checked here: the machine knows what it has asked for.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  step(state: S, resumed: any): MachineStep<R>;
  /** Goes on after the awaited operation has failed, or the task was cancelled. Without it the error ends the task. */
  fail?(state: S, error: unknown): MachineStep<R>;
}

/** The one object that `finish` gives. The value travels beside it, so that finishing allocates nothing. */
export const FINISHED: unknown = Object.freeze({});

/** Ends a machine with `value`. To be returned from `step` or `fail` at once. */
export function finish<R>(value: R): Finished<R> {
  engine.finished = value;
  return FINISHED as Finished<R>;
}

/**
 * Defines a task as a state machine.
 *
 * @param meta the defining module's `import.meta`; without it and `name` the task is local
 * @throws {TypeError} when an argument has the wrong type
 * @example
 * ```ts
 * const fib = machine(import.meta, 'fib', {
 *   start: (n: number) => ({ n, at: 0, left: 0 }),
 *   step(state, resumed): MachineStep<number> {
 *     switch (state.at++) {
 *       case 0: return state.n < 2 ? finish(state.n) : fib(state.n - 1);
 *       case 1: state.left = resumed; return fib(state.n - 2);
 *       default: return finish(state.left + resumed);
 *     }
 *   },
 * });
 * ```
 */
export function machine<A extends readonly unknown[], S, R>(definition: Machine<A, S, R>): Task<A, R, false>;
export function machine<A extends readonly unknown[], S, R>(
  meta: ModuleMeta,
  name: string,
  definition: Machine<A, S, R>,
  options?: TaskOptions,
): Task<A, R, true>;
export function machine(...args: readonly unknown[]): unknown {
  const definition = (args.length === 1 ? args[0] : args[2]) as Partial<Machine<readonly unknown[], unknown, unknown>> | null | undefined;
  if (typeof definition?.start !== 'function' || typeof definition.step !== 'function') {
    throw new TypeError(`Expected machine() of an object with start and step, got ${describe(definition)}`);
  }
  const { start } = definition;
  const steppable = definition as AnyMachine;
  return args.length === 1 ? defineLocal(start, steppable) : definePortable(args[0], args[1], start, args[3], steppable);
}
