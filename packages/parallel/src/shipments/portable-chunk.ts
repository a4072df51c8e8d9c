/** Calls of portable tasks on their way to any thread: one task of this package that makes them again over there. */

import { findTask, SerializationError, task, type Call, type CallOptions, type Coroutine } from '@heddle/core';
import { splitTaskId } from '@heddle/core/engine';
import type { ChunkReport } from '../chunk-report.ts';
import { withIndex } from '../item-error.ts';
import { pack } from '../payload.ts';
import { findOrLoad, type AnyTask } from './find-or-load.ts';
import { runItems } from './run-items.ts';
import type { Shipment } from './shipment.ts';

/** Options of a call that hold where it runs. The others are about queues and threads: calls that have them travel alone. */
type InnerOptions = Pick<CallOptions, 'timeoutMs' | 'deadline' | 'name'>;

/** Calls as data. Flat, because copying an array of arrays to another thread costs about a microsecond for each. */
interface PackedCalls {
  readonly start: number | undefined;
  readonly size: number;
  readonly keepsValues: boolean;
  /** The tasks that are called. */
  readonly ids: readonly string[];
  /** Which of `ids` each call is of; `undefined` where there is only one. */
  readonly which: readonly number[] | undefined;
  /** How many arguments each call has: one number where all have as many. */
  readonly arity: number | readonly number[];
  /** The arguments of all calls, one after another. */
  readonly args: ArrayLike<unknown>;
  /** The options of each call; `undefined` where none has any. */
  readonly options: readonly (InnerOptions | undefined)[] | undefined;
}

/** Makes the packed calls and runs them one after another. */
const runChunk = task(import.meta, 'runChunk', function* (packed: PackedCalls): Coroutine<ChunkReport> {
  const tasks: AnyTask[] = [];
  for (const id of packed.ids) tasks.push(yield* findOrLoad(id));
  const { size, start, keepsValues } = packed;
  return yield* runItems({ size, start, keepsValues, nth: unpack(packed, tasks) });
});

/** Returns what makes the nth call. Asked for one after another, from the first. */
function unpack({ which, arity, args, options }: PackedCalls, tasks: readonly AnyTask[]): (n: number) => Call<unknown> {
  let at = 0;
  return (n) => {
    // Invariant: `which` and `arity` have an element for each call, and `ids` one for each value in `which`.
    const taskOf = tasks[which === undefined ? 0 : which[n]!]!;
    const count = typeof arity === 'number' ? arity : arity[n]!;
    const call = callWith(taskOf, args, at, count);
    at += count;
    const inner = options?.[n];
    return inner === undefined ? call : call.with(inner);
  };
}

function callWith(taskOf: AnyTask, args: ArrayLike<unknown>, at: number, count: number): Call<unknown> {
  // The usual numbers are spelled out: an array for the arguments would cost as much as the rest (bench `parallel-map`).
  switch (count) {
    case 0:
      return taskOf();
    case 1:
      return taskOf(args[at]);
    case 2:
      return taskOf(args[at], args[at + 1]);
    default:
      return taskOf(...Array.from({ length: count }, (_, i) => args[at + i]));
  }
}

export class PortableChunk implements Shipment {
  readonly start: number;
  readonly #calls: readonly Call<unknown>[];
  readonly #namesIndex: boolean;
  readonly #keepsValues: boolean;

  constructor(start: number, calls: readonly Call<unknown>[], namesIndex: boolean, keepsValues: boolean) {
    this.start = start;
    this.#calls = calls;
    this.#namesIndex = namesIndex;
    this.#keepsValues = keepsValues;
  }

  get length(): number {
    return this.#calls.length;
  }

  toCall(): Call<unknown> {
    const packed = packCalls(this.#calls, this.#namesIndex ? this.start : undefined, this.#keepsValues);
    // Invariant: a chunk has at least one call.
    const id = packed.ids[0]!;
    // In queue and trace the chunk stands for its calls: it has their name, and what their task says about queueing.
    const { priority, key, queueTimeoutMs } = findTask(id)?.options ?? {};
    return runChunk(packed).with({ name: `${splitTaskId(id).name} x${packed.size}`, priority, key, queueTimeoutMs });
  }

  toReport(result: unknown): ChunkReport {
    return result as ChunkReport;
  }

  /** Errors about what cannot be copied name a place in the chunk; users know only their own arguments and results. */
  toError(error: unknown): unknown {
    if (!(error instanceof SerializationError)) return error;
    const place = this.#placeOf(error.path);
    if (place === undefined) return error;
    const own = new SerializationError(error.message.replaceAll(error.path, place.path), place.path, { cause: error.cause });
    return this.#namesIndex ? withIndex(own, this.start + place.item) : own;
  }

  #placeOf(path: string): { item: number; path: string } | undefined {
    const [, position, rest] = /^(?:args\[0\]\.args|result\.values)\[(\d+)\](.*)$/s.exec(path) ?? [];
    if (position === undefined) return undefined;
    if (path.startsWith('result')) return { item: Number(position), path: `result${rest}` };
    let item = 0;
    let argument = Number(position);
    for (const { args } of this.#calls) {
      if (argument < args.length) break;
      argument -= args.length;
      item++;
    }
    return { item, path: `args[${argument}]${rest}` };
  }

  slice(from: number, to: number): Shipment {
    return new PortableChunk(this.start + from, this.#calls.slice(from, to), this.#namesIndex, this.#keepsValues);
  }
}

function packCalls(calls: readonly Call<unknown>[], start: number | undefined, keepsValues: boolean): PackedCalls {
  const ids = new Map<string, number>();
  const which: number[] = [];
  const arities: number[] = [];
  const args: unknown[] = [];
  const options: (InnerOptions | undefined)[] = [];
  for (const call of calls) {
    const { id } = call.task;
    if (!ids.has(id)) ids.set(id, ids.size);
    // Invariant: set in the line above at the latest.
    which.push(ids.get(id)!);
    arities.push(call.args.length);
    args.push(...call.args);
    options.push(innerOptions(call.options));
  }
  return {
    start,
    size: calls.length,
    keepsValues,
    ids: [...ids.keys()],
    which: ids.size === 1 ? undefined : which,
    arity: arities.every((arity) => arity === arities[0]) ? (arities[0] ?? 0) : arities,
    args: pack(args),
    options: options.every((inner) => inner === undefined) ? undefined : options,
  };
}

function innerOptions(options: CallOptions | undefined): InnerOptions | undefined {
  if (options === undefined) return undefined;
  const { timeoutMs, deadline, name } = options;
  return { timeoutMs, deadline, name };
}
