/** The class behind the public `Call`: a task and its arguments, inert. Awaiting one begins in `await-call.ts`. */

import type { Call } from '../call.ts';
import type { Coroutine } from '../coroutine.ts';
import { mergeCallOptions, validateCallOptions, type CallOptions } from '../options.ts';
import type { AnyMachine, Task, TaskDefinition } from '../task.ts';
import { contextStore } from './async-context.ts';
import { AWAIT } from './await-call.ts';
import type { FrameBody } from './frame.ts';
import { MachineBody } from './machine-body.ts';
import { toFrameBody } from './plain-body.ts';
import { engine } from './state.ts';
import { OPERATION } from './wait.ts';

/** Stands for an argument that was not given, so that a body sees the right `arguments.length`. */
export const ABSENT: unique symbol = Symbol('absent argument');

/** Arguments beyond two, and options: rare, so kept out of the call. */
interface CallExtra {
  /** All arguments, when there are more than two. */
  readonly args: readonly unknown[] | undefined;
  readonly options: CallOptions | undefined;
}

export class TaskCall implements Call<unknown> {
  // `declare`: a class field without initialiser would be written twice, and this constructor is the hottest one there is.
  declare readonly definition: TaskDefinition;
  declare private readonly a: unknown;
  declare private readonly b: unknown;
  declare private readonly extra: CallExtra | null;

  constructor(definition: TaskDefinition, a: unknown, b: unknown, extra: CallExtra | null) {
    this.definition = definition;
    this.a = a;
    this.b = b;
    this.extra = extra;
  }

  /** Makes a call of an argument list. */
  static of(definition: TaskDefinition, args: readonly unknown[], options?: CallOptions): TaskCall {
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

  /** How many arguments there are. */
  get argc(): number {
    if (this.extra?.args !== undefined) return this.extra.args.length;
    if (this.a === ABSENT) return 0;
    return this.b === ABSENT ? 1 : 2;
  }

  /** Adds the arguments to `list`. */
  pushArgs(list: unknown[]): void {
    if (this.extra?.args !== undefined) list.push(...this.extra.args);
    else if (this.a === ABSENT) return;
    else if (this.b === ABSENT) list.push(this.a);
    else list.push(this.a, this.b);
  }

  get options(): CallOptions | undefined {
    return this.extra === null ? undefined : this.extra.options;
  }

  with(options: CallOptions): TaskCall {
    validateCallOptions(options);
    // As in `of`.
    const Class = this.constructor as typeof TaskCall;
    return new Class(this.definition, this.a, this.b, { args: this.extra?.args, options: mergeCallOptions(this.options, options) });
  }

  /** Whether a direct await may run the body as a frame of its caller: no limits that would need a fiber of their own. */
  get isDirect(): boolean {
    if (this.extra === null || this.extra.options === undefined) return this.definition.isDirect;
    const { signal, timeoutMs, deadline } = this.extra.options;
    return this.definition.isDirect && signal === undefined && timeoutMs === undefined && deadline === undefined;
  }

  /** An iterator result that is "not done": what the engine gets to see when it has to start the call itself. */
  get done(): false {
    return false;
  }

  get [OPERATION](): true {
    return true;
  }

  /** `yield*` asks for the iterator and then, at once, for its first step: the iterator finds the call where it is left here. */
  [Symbol.iterator](): Coroutine<unknown> {
    engine.called = this;
    return AWAIT as unknown as Coroutine<unknown>;
  }

  /** Calls the task's function. */
  invoke(): FrameBody {
    const { definition } = this;
    if (definition.isCoroutine) return this.apply() as FrameBody;
    if (definition.machine !== null) return new MachineBody(definition.machine, this.apply());
    const store = definition.isAsync ? contextStore() : null;
    const { fiber } = engine;
    return toFrameBody(store === null || fiber === null ? this.apply() : store.run(fiber, () => this.apply()));
  }

  /** Makes the state of a machine. Apart from `apply`, whose call site serves every kind of body and so cannot be inlined. */
  stateOf(machine: AnyMachine): unknown {
    const { a, b, extra } = this;
    if (extra !== null || a === ABSENT) return this.apply();
    return b === ABSENT ? machine.start(a) : machine.start(a, b);
  }

  /** Calls the function alone. */
  apply(): unknown {
    const { definition, a, b, extra } = this;
    if (extra !== null && extra.args !== undefined) return definition.body(...extra.args);
    if (a === ABSENT) return definition.body();
    return b === ABSENT ? definition.body(a) : definition.body(a, b);
  }
}
