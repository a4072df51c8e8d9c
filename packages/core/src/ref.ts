/**
 * Plain exported functions as tasks, without touching their module: for existing code. A reference knows the module by its URL and
 * takes the functions' types from it; whichever thread runs a call imports the module.
 */

import type { Call } from './call.ts';
import type { Coroutine } from './coroutine.ts';
import { TaskCall } from './engine/task-call.ts';
import { exportedTaskId, loadTask } from './load-task.ts';
import { until } from './operations/until.ts';
import { describe } from './options.ts';
import { TaskDefinition, type StreamTask, type Task } from './task.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- any function at all
type AnyFunction = (...args: any) => unknown;

/** What a call of the function comes to: of a coroutine its value, of a promise what it resolves to. */
// oxlint-disable-next-line typescript/no-explicit-any -- as for Coroutine
type Outcome<R> = R extends Coroutine<infer V> ? V : R extends Generator<any, any, any> ? never : Awaited<R>;

/** The exports of a module that can run as tasks: its functions, except those that are tasks already. */
type FunctionNames<M> = {
  [K in keyof M]: M[K] extends AnyFunction ? (ReturnType<M[K]> extends Call<unknown> ? never : K) : never;
}[keyof M];

/** The functions of the module `M` as portable tasks. Of overloads and type parameters only what TypeScript infers survives. */
export type Ref<M> = {
  readonly [K in FunctionNames<M> & string]: M[K] extends AnyFunction ? RefTask<Parameters<M[K]>, ReturnType<M[K]>> : never;
};

type RefTask<A extends readonly unknown[], R> = R extends AsyncGenerator<infer T, infer V, infer _> ? StreamTask<A, T, V, true> : Task<A, Outcome<R>, true>;

/**
 * Refers to a module whose exported functions are to run as tasks. Imports nothing: the thread that runs a call does.
 *
 * @typeParam M the module's type, `typeof import('./image.js')`; without it the reference has no functions
 * @param moduleUrl where the module is: `new URL('./image.js', import.meta.url)`, or of a package `import.meta.resolve('sharp')`
 * @throws {TypeError} when `moduleUrl` is no absolute URL
 * @remarks A call whose module does not load, or does not export the function, ends with `TaskNotFoundError`.
 * @example
 * ```ts
 * const image = ref<typeof import('./image.js')>(new URL('./image.js', import.meta.url));
 *
 * const small = await pool.run(image.resize(photo, 100)); // typed as `resize` is
 * ```
 */
export function ref<M = Record<never, never>>(moduleUrl: URL | string): Ref<M> {
  const url = toHref(moduleUrl);
  const tasks = new Map<string, TaskDefinition>();
  return new Proxy(Object.freeze(Object.create(null) as Ref<M>), {
    get: (_, name) => {
      // Whoever awaits a reference, or prints it, asks for things that are no functions of the module.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let definition = tasks.get(name);
      if (definition === undefined) tasks.set(name, (definition = defineExported(url, name)));
      return definition.task;
    },
  });
}

function toHref(moduleUrl: unknown): string {
  if (typeof moduleUrl === 'string' || moduleUrl instanceof URL) {
    const href = String(moduleUrl);
    if (URL.canParse(href)) return href;
  }
  throw new TypeError(`Expected ref() of the URL of a module, such as new URL('./image.js', import.meta.url), got ${describe(moduleUrl)}`);
}

function defineExported(url: string, name: string): TaskDefinition {
  const id = exportedTaskId(url, name);
  let loaded: TaskDefinition | undefined;
  function* body(...args: readonly unknown[]): Coroutine<unknown> {
    loaded ??= yield* until(() => loadTask(id));
    return yield* TaskCall.of(loaded, args) as Call<unknown>;
  }
  return new TaskDefinition(id, name, body, true, undefined);
}
