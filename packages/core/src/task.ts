/**
 * Task definitions. A task is written once and runs under every executor; calling it makes an inert {@link Call}.
 *
 * A *portable* task names the module that defines it, so that another thread or process finds it by importing that module.
 * A *local* task is just a function: it runs on the thread that made it, and the compiler refuses it everywhere else.
 */

import type { Call } from './call.ts';
import type { Coroutine } from './coroutine.ts';
import { fromAsyncGenerator } from './engine/async-generator-body.ts';
import { TaskCall } from './engine/task-call.ts';
import type { Machine } from './machine.ts';
import { describe, validateCallOptions, type CallOptions } from './options.ts';
import { registerTask } from './registry.ts';
import type { Emits } from './stream-call.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- parameter lists are inferred from the body; `unknown[]` would reject every typed one
type Parameters_ = readonly any[];

/** What a task needs of the module that defines it: in an ES module, its `import.meta`. */
export interface ModuleMeta {
  /** What other threads import. In a CommonJS module: `pathToFileURL(__filename).href`. */
  readonly url: string;
}

/** Options that every call of a task starts from. */
export interface TaskOptions extends Omit<CallOptions, 'signal' | 'transfer'> {
  /** Whether a started call may run again from its beginning after its thread was lost. @default false */
  readonly idempotent?: boolean;
}

/**
 * A task definition. Calling it starts nothing: it makes a {@link Call} to be awaited with `yield*` inside another task, or
 * given to an executor.
 */
export interface Task<A extends Parameters_, R, Portable extends boolean = boolean> {
  (...args: A): Call<R, Portable>;
  /** `moduleUrl#name` for a portable task, `local#name` for a local one. */
  readonly id: string;
  /** Whether the task can run on another thread or in another process. */
  readonly portable: Portable;
}

/** A task whose body is an async generator: its calls emit what that yields, and end with what it returns. */
export interface StreamTask<A extends Parameters_, T, R, Portable extends boolean = boolean> extends Task<A, R, Portable> {
  (...args: A): Call<R, Portable> & Emits<T>;
}

/**
 * The function that a task runs: a generator (the only kind that can suspend under our schedulers), a plain or an async function, or
 * an async generator.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as for Parameters_
export type TaskBody = (...args: any[]) => unknown;

/** Any state machine at all. */
export type AnyMachine = Machine<Parameters_, unknown, unknown>;

/** What an executor needs to know about a task. One per task; calls point at it. */
export class TaskDefinition {
  readonly id: string;
  readonly name: string;
  readonly body: TaskBody;
  readonly portable: boolean;
  readonly options: TaskOptions | undefined;
  /** Whether the body is a generator function. */
  readonly isCoroutine: boolean;
  /** Set for a task that is a state machine; then the body makes its state. */
  readonly machine: AnyMachine | null;
  /** Whether the body is an async function, which leaves the engine's stack at its first `await`. */
  readonly isAsync: boolean;
  /** Whether the task was defined by an async generator function; its body is then a coroutine that emits what that yields. */
  readonly isAsyncGenerator: boolean;
  /** Whether a direct `yield*` may run the body as a frame of the awaiting coroutine: it sets no limits of its own. */
  readonly isDirect: boolean;
  /** The machine, where `isDirect`. */
  readonly directMachine: AnyMachine | null;
  /** The callable that users hold. */
  readonly task: Task<Parameters_, unknown>;

  constructor(id: string, name: string, body: TaskBody, portable: boolean, options: TaskOptions | undefined, machine: AnyMachine | null = null) {
    this.id = id;
    this.name = name;
    const kind = Object.prototype.toString.call(body);
    this.isAsyncGenerator = kind === '[object AsyncGeneratorFunction]';
    this.body = this.isAsyncGenerator ? fromAsyncGenerator(body as never) : body;
    this.portable = portable;
    this.options = options;
    this.machine = machine;
    this.isCoroutine = this.isAsyncGenerator || kind === '[object GeneratorFunction]';
    this.isAsync = kind === '[object AsyncFunction]';
    this.isDirect = options?.timeoutMs === undefined && options?.deadline === undefined;
    this.directMachine = this.isDirect ? machine : null;
    this.task = makeCallable(this);
  }
}

/** Keeps a generator of the wrong kind from falling through to the plain overloads. */
// oxlint-disable-next-line typescript/no-explicit-any -- any generator at all
type Plain<R> = R extends Generator<any, any, any> ? never : R;

/**
 * Defines a task.
 *
 * @param meta the defining module's `import.meta`; its `url` is what other threads import
 * @param name unique within the module, without '#'; with the module's URL it makes the task's id
 * @param body a generator function (can suspend), a plain or an async function, or an async generator (emits what it yields, for
 *   `stream`); without `meta` and `name` the task is local
 * @param options what every call of the task starts from
 * @returns the task: call it to make a {@link Call}
 * @throws {TypeError} when an argument has the wrong type
 * @example
 * ```ts
 * export const fib = task(import.meta, 'fib', function* (n: number): Coroutine<number> {
 *   if (n < 2) return n;
 *   const left = yield* spawn(fib(n - 1));
 *   const right = yield* fib(n - 2);
 *   return (yield* left) + right;
 * });
 * ```
 */
// Overload order matters: generator bodies first.
export function task<A extends Parameters_, R>(body: (...args: A) => Coroutine<R>): Task<A, R, false>;
export function task<A extends Parameters_, T, R>(body: (...args: A) => AsyncGenerator<T, R, undefined>): StreamTask<A, T, R, false>;
export function task<A extends Parameters_, R>(body: (...args: A) => Plain<R>): Task<A, Awaited<R>, false>;
export function task<A extends Parameters_, R>(
  meta: ModuleMeta,
  name: string,
  body: (...args: A) => Coroutine<R>,
  options?: TaskOptions,
): Task<A, R, true>;
export function task<A extends Parameters_, T, R>(
  meta: ModuleMeta,
  name: string,
  body: (...args: A) => AsyncGenerator<T, R, undefined>,
  options?: TaskOptions,
): StreamTask<A, T, R, true>;
export function task<A extends Parameters_, R>(
  meta: ModuleMeta,
  name: string,
  body: (...args: A) => Plain<R>,
  options?: TaskOptions,
): Task<A, Awaited<R>, true>;
export function task(...args: readonly unknown[]): unknown {
  return args.length === 1 ? defineLocal(args[0]) : definePortable(args[0], args[1], args[2], args[3]);
}

/** Makes a local task of `body`, or of the machine of which `body` makes the state. */
export function defineLocal(body: unknown, machine: AnyMachine | null = null): Task<Parameters_, unknown> {
  if (typeof body !== 'function') {
    throw new TypeError(`Expected task(body) with a function, got ${describe(body)}`);
  }
  const name = body.name === '' ? 'anonymous' : body.name;
  return new TaskDefinition(`local#${name}`, name, body as TaskBody, false, undefined, machine).task;
}

/** Makes a portable task of `body`, or of the machine of which `body` makes the state. */
export function definePortable(meta: unknown, name: unknown, body: unknown, options: unknown, machine: AnyMachine | null = null): Task<Parameters_, unknown> {
  const url: unknown = (meta as Partial<ImportMeta> | null | undefined)?.url;
  if (typeof url !== 'string') {
    throw new TypeError(`Expected task(import.meta, name, body) with the module's own import.meta, got ${describe(meta)}`);
  }
  // Without '#', because an id is taken apart at its last one.
  if (typeof name !== 'string' || name === '' || name.includes('#')) {
    throw new TypeError(`Expected the name of a task of ${url} to be a non-empty string without '#', got ${describe(name)}`);
  }
  if (typeof body !== 'function') {
    throw new TypeError(`Expected the body of task '${name}' of ${url} to be a function, got ${describe(body)}`);
  }
  const taskOptions = options as TaskOptions | undefined;
  validateCallOptions(taskOptions);
  const idempotent: unknown = taskOptions?.idempotent;
  if (idempotent !== undefined && typeof idempotent !== 'boolean') throw new TypeError(`Expected \`idempotent\` to be true or false, got ${describe(idempotent)}`);
  const definition = new TaskDefinition(`${url}#${name}`, name, body as TaskBody, true, taskOptions, machine);
  registerTask(definition);
  return definition.task;
}

function makeCallable(definition: TaskDefinition): Task<Parameters_, unknown> {
  // Small arities are spelled out: a rest array costs as much as the rest of an await (20 to 25 ns, bench `await-chain`).
  const callable = function (a: unknown, b: unknown): TaskCall {
    switch (arguments.length) {
      case 0:
        return new TaskCall(definition, undefined, undefined, 0);
      case 1:
        return new TaskCall(definition, a, undefined, 1);
      case 2:
        return new TaskCall(definition, a, b, 2);
      default:
        // `apply` forwards `arguments` without making an object of them.
        // oxlint-disable-next-line prefer-rest-params -- see above
        return callWide.apply(definition, arguments as unknown as unknown[]);
    }
  };
  return Object.defineProperties(callable, {
    id: { value: definition.id, enumerable: true },
    portable: { value: definition.portable, enumerable: true },
    name: { value: definition.name },
  }) as unknown as Task<Parameters_, unknown>;
}

function callWide(this: TaskDefinition, ...args: unknown[]): TaskCall {
  return new TaskCall(this, undefined, undefined, { args, options: undefined });
}
