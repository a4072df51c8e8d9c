/** Variables that follow tasks, on every host: what AsyncLocalStorage is to async functions. */

import type { Coroutine, Operation } from './coroutine.ts';
import { currentFiber } from './engine/async-context.ts';
import { bindingsHere, type Binding } from './engine/carried-context.ts';
import { engine } from './engine/state.ts';
import { notInTask, operation } from './engine/wait.ts';
import { describe } from './options.ts';

/** Options of {@link TaskLocal}. */
export interface TaskLocalOptions<T> {
  /** The name shown in errors. @default 'a task-local' */
  readonly name?: string | undefined;
  /** The value where none is set. @default undefined */
  readonly default?: T | undefined;
}

/** A variable that follows tasks. Made by {@link TaskLocal}. */
export interface TaskLocal<T> {
  readonly name: string;
  /** Returns the value that is set for the running task, in every kind of body; the default where none is, also outside of tasks. */
  get(): T;
  /**
   * Sets the value while `operation` runs: for the awaiting task, and for all that is spawned meanwhile. Then the old value is
   * back, however the operation ended.
   *
   * @param operation a call or any other operation, or a generator function for a scope
   * @throws {TypeError} when `operation` is none of these
   */
  with<R>(value: T, operation: Operation<R> | (() => Coroutine<R>)): Operation<R>;
  /**
   * Sets the value while the function runs, inside of a task or outside: a call that is submitted meanwhile starts with it.
   *
   * @param body a plain function. Of an async function, only what comes before its first `await` sees the value
   * @returns what the function returns
   * @throws {TypeError} when `body` is no function, or a generator function
   */
  run<R>(value: T, body: () => R): R;
}

interface TaskLocalClass {
  new <T>(options: TaskLocalOptions<T> & { readonly default: T }): TaskLocal<T>;
  new <T>(options?: TaskLocalOptions<T>): TaskLocal<T | undefined>;
}

class Local<T> implements TaskLocal<T> {
  readonly name: string;
  readonly #default: T;

  constructor({ name = 'a task-local', default: defaultValue }: TaskLocalOptions<T> = {}) {
    this.name = name;
    this.#default = defaultValue as T;
  }

  get(): T {
    for (let binding: Binding | null = bindingsHere(); binding !== null; binding = binding.outer) {
      if (binding.local === this) return binding.value as T;
    }
    return this.#default;
  }

  with<R>(value: T, operand: Operation<R> | (() => Coroutine<R>)): Operation<R> {
    if (!isOperand(operand)) {
      throw new TypeError(`Expected with() of ${this.name} to get a call, another operation or a generator function, got ${describe(operand)}`);
    }
    return operation(() => this.#within(value, operand));
  }

  *#within<R>(value: T, operand: Operation<R> | (() => Coroutine<R>)): Coroutine<R> {
    const { fiber } = engine;
    if (fiber === null) throw notInTask(this.name);
    const outer = fiber.context;
    fiber.context = outer.bind(this, value);
    try {
      return yield* typeof operand === 'function' ? operand() : operand;
    } finally {
      fiber.context = outer;
    }
  }

  run<R>(value: T, body: () => R): R {
    if (typeof body !== 'function' || isGeneratorFunction(body)) {
      throw new TypeError(`Expected run() of ${this.name} to get a plain function, and \`yield*\` of with() for a generator function, got ${describe(body)}`);
    }
    const fiber = currentFiber();
    if (fiber === null) return this.#runOutside(value, body);
    const outer = fiber.context;
    fiber.context = outer.bind(this, value);
    try {
      return body();
    } finally {
      fiber.context = outer;
    }
  }

  #runOutside<R>(value: T, body: () => R): R {
    const outer = engine.bindings;
    engine.bindings = { local: this, value, outer };
    try {
      return body();
    } finally {
      engine.bindings = outer;
    }
  }
}

/**
 * A variable that follows tasks: through all their steps, and into what they spawn. A value that is set in one task is never
 * seen by its siblings.
 *
 * @remarks Looking up a value walks over those that are set around it; setting one allocates 100 bytes or so.
 * @example
 * ```ts
 * const requestId = new TaskLocal<string>({ name: 'requestId', default: 'none' });
 *
 * const handle = task(function* (request: Request) {
 *   return yield* requestId.with(request.id, respond(request)); // requestId.get() anywhere below
 * });
 * ```
 */
export const TaskLocal: TaskLocalClass = Local;

function isOperand(value: unknown): value is Operation<never> | (() => Coroutine<never>) {
  if (typeof value === 'function') return isGeneratorFunction(value);
  // An array is iterable, and surely meant for `all`.
  return typeof value === 'object' && value !== null && Symbol.iterator in value && !Array.isArray(value);
}

function isGeneratorFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object GeneratorFunction]';
}
