/** Options of a thread pool, and their validation: every message says what was expected and what was got. */

import type { ResourceLimits } from 'node:worker_threads';
import type { Call, TraceSink } from '@heddle/core';
import { describe, expectNumber, expectOneOf, expectTraceSink } from '@heddle/core/engine';
import { fifo, type PolicyFactory } from '@heddle/multiplexer';
import type { HookCall } from '../protocol.ts';
import type { WhenFull } from './admission.ts';
import { readRecycling, type RecycleOptions, type Recycling } from './recycling.ts';
import { isStrategy, workStealing, type Strategy } from './strategy.ts';
import type { TaskOutput } from './task-output.ts';
import { ThreadBudget } from './thread-budget.ts';
import { readHook } from './thread-hooks.ts';
import { LARGEST_POOL, readThreadRange, type ThreadCount, type ThreadRange } from './thread-range.ts';

/** Options of a {@link ThreadPool}. */
export interface ThreadPoolOptions {
  /**
   * How many threads, an integer from 1 to 512; or a range, and then threads above `min` start when calls wait that are worth it and end when
   * they have had nothing to do for a while. @default the number of processors that the process may use
   */
  readonly threads?: number | ThreadRange | undefined;
  /** Started threads beside those that take calls, an integer from 0 to 512: one steps in at once where a thread has died or ended. @default 0 */
  readonly spare?: number | undefined;
  /** A limit on threads that the pool shares with others. @default none */
  readonly budget?: ThreadBudget | undefined;
  /**
   * Runs on each thread before its first call. A thread on which it fails does not take calls and is replaced; when three in a row have
   * failed to start, calls fail with `WorkerLostError`. Its arguments are copied when the pool is made. @default none
   */
  readonly init?: Call<unknown, true> | undefined;
  /**
   * Runs on each thread on which `init` has succeeded, after its last call and before it ends, unless it dies: when the pool closes or
   * shrinks, when the thread is idle or is recycled. It has `graceMs`. A failure becomes a process warning. @default none
   */
  readonly teardown?: Call<unknown, true> | undefined;
  /** When a thread is replaced by a new one. No call is lost by it. @default never */
  readonly recycle?: RecycleOptions | undefined;
  /**
   * Receives what tasks write to `process.stdout` and `process.stderr`, with `console.log` too, and by which task; before that task's
   * outcome. Then it is not written to those of this process. @default none: it goes where Node sends it
   */
  readonly onOutput?: ((output: TaskOutput) => void) | undefined;
  /** The order in which queued calls are taken. @default fifo() */
  readonly policy?: PolicyFactory | undefined;
  /** Which threads run the calls that tasks spawn: `workStealing()` or `sharedQueue()`. @default workStealing() (bench `steal-skew` shows why) */
  readonly strategy?: Strategy | undefined;
  /**
   * How many calls may wait: accepted and not begun, wherever they are. An integer of at least 1, or Infinity.
   *
   * @default Infinity
   */
  readonly maxQueue?: number | undefined;
  /**
   * What becomes of a call that is submitted while so many wait: `'reject'` refuses it with `QueueFullError`; `'wait'` accepts it, and
   * lets it enter the queue when there is room, in order; `'run-in-caller'` runs it on the thread that submitted it, which then has less
   * time to submit more. Whoever wants to wait before submitting awaits `pool.ready()`.
   *
   * @default 'reject'
   */
  readonly whenFull?: WhenFull | undefined;
  /** Receives an event for everything that happens to a task, on every thread. Subscribers of `TASK_CHANNEL` do too. @default none */
  readonly trace?: TraceSink | undefined;
  /** How long a cancelled task may go on before its thread is ended, in milliseconds, 0 or more. @default 5000 */
  readonly graceMs?: number | undefined;
  /**
   * Modules that define tasks, for a program that was bundled: each thread imports them before any other, and finds a task there by
   * its name, although its module's URL is another one in the program's own bundle. Names must then be unique within each bundle.
   * Written `[new URL('./tasks.js', import.meta.url)]`. @default none: a thread imports the module that defined the task
   */
  readonly modules?: readonly (URL | string)[] | undefined;
  /**
   * How long a thread waits for the module of a task, in milliseconds, above 0. Then the call fails with {@link TaskNotFoundError}, and so
   * do later ones, at once, for as long as the module goes on loading. Calls of other tasks wait no longer behind it. @default 30000
   */
  readonly loadTimeoutMs?: number | undefined;
  /**
   * Whether process warnings say, once for each task, what its data is in the way of: with the code `HEDDLE_COSTLY_COPY`, that copying
   * arguments or results costs more than running it (only where it takes half a millisecond a call or more); with
   * `HEDDLE_CANNOT_MOVE`, that calls which tasks spawn stay on one thread because arguments cannot be copied. @default true
   */
  readonly copyHints?: boolean | undefined;
  /**
   * Whether the stack of a failure ends with the place where the call was submitted, as `at submit ...`. It is found out for each
   * call, failing or not: that takes 2 us and more, where a small task takes 0.5. @default false
   */
  readonly submitStacks?: boolean | undefined;
  /** Environment variables of the threads. @default those of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Node options of the threads, such as `['--import', loaderUrl]` for task modules that need a loader. @default those of this process */
  readonly execArgv?: readonly string[] | undefined;
  /** Memory limits of each thread. @default Node's own */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** Options with their defaults. */
export interface PoolSettings extends Pick<ThreadPoolOptions, 'env' | 'execArgv' | 'resourceLimits'> {
  readonly threads: ThreadCount;
  readonly spare: number;
  readonly budget: ThreadBudget | null;
  readonly init: HookCall | null;
  readonly teardown: HookCall | null;
  readonly recycle: Recycling;
  readonly onOutput: ((output: TaskOutput) => void) | null;
  readonly policy: PolicyFactory;
  readonly strategy: Strategy;
  readonly maxQueue: number;
  readonly whenFull: WhenFull;
  readonly trace: TraceSink | null;
  readonly graceMs: number;
  readonly modules: readonly string[];
  readonly loadTimeoutMs: number;
  readonly copyHints: boolean;
  readonly submitStacks: boolean;
}

/** Long enough for a clean-up over the network, short enough to notice. The same as that of executors of one thread. */
const DEFAULT_GRACE_MS = 5_000;

/** Longer than modules take to load, and shorter than anybody waits for a call. */
const DEFAULT_LOAD_TIMEOUT_MS = 30_000;

/**
 * Checks the options of a pool and fills in the defaults.
 *
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when a number is out of its range
 */
export function readOptions(options: ThreadPoolOptions): PoolSettings {
  expectObject('the options of a ThreadPool', '{ threads: 4 }', options);
  const { policy = fifo(), strategy = workStealing(), trace, copyHints = true, submitStacks = false, env, execArgv, resourceLimits, onOutput, recycle = {}, budget } = options;
  if (typeof policy !== 'function') throw new TypeError(`Expected \`policy\` to be a policy factory, such as fifo(), got ${describe(policy)}`);
  if (!isStrategy(strategy)) throw new TypeError(`Expected \`strategy\` to be workStealing() or sharedQueue(), got ${describe(strategy)}`);
  expectBoolean('copyHints', copyHints);
  expectBoolean('submitStacks', submitStacks);
  if (env !== undefined) expectObject('`env`', 'process.env', env);
  if (resourceLimits !== undefined) expectObject('`resourceLimits`', '{ maxOldGenerationSizeMb: 64 }', resourceLimits);
  if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every((arg) => typeof arg === 'string'))) {
    throw new TypeError(`Expected \`execArgv\` to be an array of strings, such as ['--import', url], got ${describe(execArgv)}`);
  }
  if (onOutput !== undefined && typeof onOutput !== 'function') throw new TypeError(`Expected \`onOutput\` to be a function, got ${describe(onOutput)}`);
  if (budget !== undefined && !(budget instanceof ThreadBudget)) throw new TypeError(`Expected \`budget\` to be a ThreadBudget, got ${describe(budget)}`);
  expectObject('`recycle`', '{ tasks: 1000 }', recycle);
  return {
    threads: readThreadRange(options.threads),
    spare: expectNumber('spare', options.spare ?? 0, { min: 0, max: LARGEST_POOL, integer: true }),
    budget: budget ?? null,
    init: readHook(options.init),
    teardown: readHook(options.teardown),
    recycle: readRecycling(recycle),
    onOutput: onOutput ?? null,
    graceMs: expectNumber('graceMs', options.graceMs ?? DEFAULT_GRACE_MS, { min: 0 }),
    maxQueue: expectNumber('maxQueue', options.maxQueue ?? Infinity, { min: 1, integer: true, infinite: true }),
    whenFull: expectOneOf('whenFull', options.whenFull ?? 'reject', ['reject', 'wait', 'run-in-caller']),
    policy,
    strategy,
    trace: expectTraceSink(trace),
    modules: readModules(options.modules ?? []),
    loadTimeoutMs: expectNumber('loadTimeoutMs', options.loadTimeoutMs ?? DEFAULT_LOAD_TIMEOUT_MS, { above: 0, infinite: true }),
    copyHints,
    submitStacks,
    env,
    execArgv,
    resourceLimits,
  };
}

function expectObject(name: string, example: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(`Expected ${name} to be an object such as ${example}, got ${describe(value)}`);
}

function expectBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`Expected \`${name}\` to be true or false, got ${describe(value)}`);
}

function readModules(modules: unknown): string[] {
  const example = "[new URL('./tasks.js', import.meta.url)]";
  if (!Array.isArray(modules)) throw new TypeError(`Expected \`modules\` to be an array of URLs such as ${example}, got ${describe(modules)}`);
  return modules.map((module: unknown) => {
    if ((typeof module === 'string' || module instanceof URL) && URL.canParse(String(module))) return String(module);
    throw new TypeError(`Expected \`modules\` to list absolute URLs such as ${example}, got ${describe(module)}`);
  });
}
