/**
 * A call that is also its own iterator for `yield*`, and the engine's stack frame while its body runs. One object for three
 * roles, because an await that never suspends should allocate the call and its generator and nothing else (bench
 * `await-chain`; DESIGN.md beside this file).
 *
 * States, told apart by `parent` and `body`:
 *   idle      parent null, body null    a value; anyone may await or submit it
 *   stepping  parent set,  body null    its body runs on the native stack for the first time
 *   parked    parent set,  body set     its body is suspended; the engine resumes it
 */

import type { Call } from '../call.ts';
import type { Coroutine } from '../coroutine.ts';
import { mergeCallOptions, validateCallOptions, type CallOptions } from '../options.ts';
import type { Task, TaskDefinition } from '../task.ts';
import { contextStore } from './async-context.ts';
import type { FrameBody, FrameStep } from './frame-body.ts';
import { toFrameBody } from './plain-body.ts';
import { ScopeEnd } from './scope-end.ts';
import type { Scope } from './scope.ts';
import { engine } from './state.ts';
import { mustUnwind } from './step.ts';
import { notInTask, OPERATION } from './wait.ts';

/** Stands for an argument that was not given, so that a body sees the right `arguments.length`. */
export const ABSENT: unique symbol = Symbol('absent argument');

/** Arguments beyond two, and options: rare, so kept out of the frame. */
interface CallExtra {
  /** All arguments, when there are more than two. */
  readonly args: readonly unknown[] | undefined;
  readonly options: CallOptions | undefined;
}

export class CallFrame implements Call<unknown> {
  // `declare`: a class field without initialiser would be written twice, and this constructor is the hottest one there is.
  declare readonly definition: TaskDefinition;
  declare private readonly a: unknown;
  declare private readonly b: unknown;
  declare private readonly extra: CallExtra | null;
  /** The awaiting frame; the call itself where it is the root of a fiber. */
  declare parent: CallFrame | null;
  declare body: FrameBody | null;

  constructor(definition: TaskDefinition, a: unknown, b: unknown, extra: CallExtra | null) {
    this.definition = definition;
    this.a = a;
    this.b = b;
    this.extra = extra;
    this.parent = null;
    this.body = null;
  }

  /** Makes a call of an argument list. */
  static of(definition: TaskDefinition, args: readonly unknown[], options?: CallOptions): CallFrame {
    const isSmall = args.length <= 2 && options === undefined;
    // `this`, not the class's own name: bundlers would rename the class to refer to it from inside.
    if (!isSmall) return new this(definition, ABSENT, ABSENT, { args, options });
    return new this(definition, args.length > 0 ? args[0] : ABSENT, args.length > 1 ? args[1] : ABSENT, null);
  }

  get task(): Task<readonly unknown[], unknown> {
    return this.definition.task;
  }

  get args(): readonly unknown[] {
    if (this.extra?.args !== undefined) return this.extra.args;
    if (this.a === ABSENT) return [];
    return this.b === ABSENT ? [this.a] : [this.a, this.b];
  }

  get options(): CallOptions | undefined {
    return this.extra === null ? undefined : this.extra.options;
  }

  with(options: CallOptions): CallFrame {
    validateCallOptions(options);
    return this.#copy(mergeCallOptions(this.options, options));
  }

  /** Returns this call, or a copy of it while this one is being awaited already. */
  claim(): CallFrame {
    return this.parent === null ? this : this.#copy(this.options);
  }

  #copy(options: CallOptions | undefined): CallFrame {
    const args = this.extra?.args;
    return new CallFrame(this.definition, this.a, this.b, args === undefined && options === undefined ? null : { args, options });
  }

  /** Whether a direct await may run the body as a frame of its caller: no limits that would need a fiber of their own. */
  get isDirect(): boolean {
    if (this.extra === null || this.extra.options === undefined) return this.definition.isDirect;
    const { signal, timeoutMs, deadline } = this.extra.options;
    return this.definition.isDirect && signal === undefined && timeoutMs === undefined && deadline === undefined;
  }

  // ── as the iterator of `yield*` ──

  /** An iterator result that is "not done": what the engine gets to see when it has to start the call itself. */
  get done(): false {
    return false;
  }

  get [OPERATION](): true {
    return true;
  }

  [Symbol.iterator](): Coroutine<unknown> {
    return this.claim() as unknown as Coroutine<unknown>;
  }

  /**
   * First call: starts the body at once, on the caller's native stack. If the body ends, so does the await; if it suspends, what
   * it waits for is passed out through the caller, and through the caller's caller, to the engine.
   * Second call, by the engine through the caller: delivers the value that the await has come to.
   */
  next(value?: unknown): FrameStep {
    if (this.parent !== null) {
      this.parent = null;
      return { done: true, value };
    }
    const caller = engine.frame;
    if (caller === null) throw notInTask(`task ${this.definition.name}`);
    if ((engine.fuel-- <= 0 && mustUnwind()) || !this.isDirect) return this;
    this.parent = caller;
    engine.frame = this;
    let step: FrameStep;
    try {
      const body = this.invoke();
      step = body.next();
      if (step.done !== true) {
        this.body = body;
        return step;
      }
    } catch (error) {
      const scope = this.#ownScope();
      if (scope !== null) return this.#end(scope, true, error);
      this.#leave();
      throw error;
    }
    const scope = this.#ownScope();
    if (scope !== null) return this.#end(scope, false, step.value);
    engine.frame = caller;
    this.parent = null;
    return step;
  }

  /** Delivers the error that the await has come to. */
  throw(error: unknown): never {
    this.parent = null;
    throw error;
  }

  return(value: unknown): FrameStep {
    this.parent = null;
    return { done: true, value };
  }

  // ── as a frame ──

  /** Calls the task's function. */
  invoke(): FrameBody {
    const { definition } = this;
    if (definition.isCoroutine) return this.#apply() as FrameBody;
    const store = definition.isAsync ? contextStore() : null;
    const { fiber } = engine;
    return toFrameBody(store === null || fiber === null ? this.#apply() : store.run(fiber, () => this.#apply()));
  }

  #apply(): unknown {
    const { definition, a, b, extra } = this;
    if (extra !== null && extra.args !== undefined) return definition.body(...extra.args);
    if (a === ABSENT) return definition.body();
    return b === ABSENT ? definition.body(a) : definition.body(a, b);
  }

  /** The scope that this frame opened by spawning, if it did. */
  #ownScope(): Scope | null {
    // Invariant: a frame steps only under a fiber.
    const scope = engine.fiber!.scope;
    return scope !== null && scope.frame === this ? scope : null;
  }

  /** Ends a body that owns a scope: the children go first, and may keep the await waiting. */
  #end(scope: Scope, hasFailed: boolean, outcome: unknown): FrameStep {
    const end = new ScopeEnd(scope, hasFailed, outcome);
    try {
      const step = end.next();
      if (step.done === true) this.#leave();
      else this.body = end;
      return step;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  #leave(): void {
    engine.frame = this.parent;
    this.parent = null;
  }
}
