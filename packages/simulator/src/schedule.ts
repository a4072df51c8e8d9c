/** A schedule: what a call did on virtual threads, instruction by instruction. */

import { type Call, type CallOptions, type Outcome } from '@heddle/core';
import type { Instruction } from './lockstep/instruction.ts';
import type { ScheduleTotals } from './lockstep/totals.ts';
import { Simulator, type SimulatorOptions } from './simulator.ts';

/** The record of one simulated call. */
export interface Schedule<R = unknown> {
  /** The rule's name. */
  readonly rule: string;
  /** Whether `round` numbers the iterations over the queue, or the rounds in which every thread takes one instruction. */
  readonly form: 'iterations' | 'rounds';
  readonly threads: number;
  /** Every instruction, in order; empty when `rows` was false. */
  readonly rows: readonly Instruction[];
  readonly totals: ScheduleTotals;
  /** How the call ended. */
  readonly outcome: Outcome<R>;
}

export interface SimulateOptions extends Omit<SimulatorOptions, 'onInstruction'> {
  /** Whether to keep a row for each instruction, with a copy of the queue. Turn it off for millions of instructions. @default true */
  readonly rows?: boolean | undefined;
  /** Options of the call itself, as for `run`. */
  readonly call?: CallOptions | undefined;
}

/**
 * Runs a call on virtual threads and records its schedule.
 *
 * @returns the schedule, once the call has ended; a call that fails is no error here: see `outcome`
 * @throws {TypeError | RangeError} when an option has the wrong type or is out of range
 * @example
 * ```ts
 * const schedule = await simulate(fib(10), { threads: 8 });
 * console.log(renderSchedule(schedule), schedule.totals.speedUp);
 * ```
 */
export async function simulate<R>(call: Call<R>, options: SimulateOptions = {}): Promise<Schedule<R>> {
  const rows: Instruction[] = [];
  const keepRow = (instruction: Instruction): void => {
    rows.push(instruction);
  };
  const simulator = new Simulator({ ...options, onInstruction: options.rows === false ? undefined : keepRow });
  const handle = simulator.submit(call, options.call);
  const [outcome] = await Promise.allSettled([handle.result]);
  await simulator.close();
  const { rule, form, capacity: threads, totals } = simulator;
  return { rule, form, threads, rows, totals, outcome };
}
