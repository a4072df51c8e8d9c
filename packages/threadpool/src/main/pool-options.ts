/** Options of a thread pool, and their validation: every message says what was expected and what was got. */

import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import type { TraceSink } from '@heddle/core';
import { describe, expectNumber, expectOneOf, expectTraceSink } from '@heddle/core/engine';
import { fifo, type PolicyFactory } from '@heddle/multiplexer';
import type { WhenFull } from './admission.ts';

/** Options of a {@link ThreadPool}. */
export interface ThreadPoolOptions {
  /** How many threads, an integer of at least 1. @default the number of processors that the process may use */
  readonly threads?: number | undefined;
  /** The order in which queued calls are taken. @default fifo() */
  readonly policy?: PolicyFactory | undefined;
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
   * Whether a process warning with the code `HEDDLE_COSTLY_COPY` says, once for each task, that copying its arguments or results
   * costs more than running it. Only for data that takes half a millisecond a call or more. @default true
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
  readonly threads: number;
  readonly policy: PolicyFactory;
  readonly maxQueue: number;
  readonly whenFull: WhenFull;
  readonly trace: TraceSink | null;
  readonly graceMs: number;
  readonly modules: readonly string[];
  readonly copyHints: boolean;
  readonly submitStacks: boolean;
}

/** Long enough for a clean-up over the network, short enough to notice. The same as that of executors of one thread. */
const DEFAULT_GRACE_MS = 5_000;

/**
 * Checks the options of a pool and fills in the defaults.
 *
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when a number is out of its range
 */
export function readOptions(options: ThreadPoolOptions): PoolSettings {
  expectObject('the options of a ThreadPool', '{ threads: 4 }', options);
  const { policy = fifo(), trace, copyHints = true, submitStacks = false, env, execArgv, resourceLimits } = options;
  if (typeof policy !== 'function') throw new TypeError(`Expected \`policy\` to be a policy factory, such as fifo(), got ${describe(policy)}`);
  expectBoolean('copyHints', copyHints);
  expectBoolean('submitStacks', submitStacks);
  if (env !== undefined) expectObject('`env`', 'process.env', env);
  if (resourceLimits !== undefined) expectObject('`resourceLimits`', '{ maxOldGenerationSizeMb: 64 }', resourceLimits);
  if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every((arg) => typeof arg === 'string'))) {
    throw new TypeError(`Expected \`execArgv\` to be an array of strings, such as ['--import', url], got ${describe(execArgv)}`);
  }
  return {
    threads: expectNumber('threads', options.threads ?? availableParallelism(), { min: 1, integer: true }),
    graceMs: expectNumber('graceMs', options.graceMs ?? DEFAULT_GRACE_MS, { min: 0 }),
    maxQueue: expectNumber('maxQueue', options.maxQueue ?? Infinity, { min: 1, integer: true, infinite: true }),
    whenFull: expectOneOf('whenFull', options.whenFull ?? 'reject', ['reject', 'wait', 'run-in-caller']),
    policy,
    trace: expectTraceSink(trace),
    modules: readModules(options.modules ?? []),
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
