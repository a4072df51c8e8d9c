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

/** A call that has options, or more than two arguments: rare, so both are kept out of the call. */
interface Wide {
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
}

export class TaskCall implements Call<unknown> {
  // `declare`: a class field without initialiser would be written twice, and this constructor is the hottest one there is.
  declare readonly definition: TaskDefinition;
  declare private readonly a: unknown;
  declare private readonly b: unknown;
  /**
   * How many arguments `a` and `b` hold; or else all of them. A number, because comparing an argument with something that stands for
   * none costs a call (3 of 25 ns, bench `await-chain`), for it may be anything.
   */
  declare private readonly form: 0 | 1 | 2 | Wide;

  constructor(definition: TaskDefinition, a: unknown, b: unknown, form: 0 | 1 | 2 | Wide) {
    this.definition = definition;
    this.a = a;
    this.b = b;
    this.form = form;
  }

  /** Makes a call of an argument list. */
  static of(definition: TaskDefinition, args: readonly unknown[], options?: CallOptions): TaskCall {
    const { length } = args;
    // `this`, not the class's own name: bundlers would rename the class to refer to it from inside.
    if (length > 2 || options !== undefined) return new this(definition, undefined, undefined, { args, options });
    return new this(definition, args[0], args[1], length as 0 | 1 | 2);
  }

  get task(): Task<readonly unknown[], unknown> {
    return this.definition.task;
  }

  get args(): readonly unknown[] {
    const { a, b, form } = this;
    if (typeof form !== 'number') return form.args;
    if (form === 0) return [];
    return form === 1 ? [a] : [a, b];
  }

  /** How many arguments there are. */
  get argc(): number {
    return typeof this.form === 'number' ? this.form : this.form.args.length;
  }

  /** Adds the arguments to `list`. */
  pushArgs(list: unknown[]): void {
    const { a, b, form } = this;
    if (typeof form !== 'number') list.push(...form.args);
    else if (form === 1) list.push(a);
    else if (form === 2) list.push(a, b);
  }

  get options(): CallOptions | undefined {
    return typeof this.form === 'number' ? undefined : this.form.options;
  }

  with(options: CallOptions): TaskCall {
    validateCallOptions(options);
    // As in `of`.
    const Class = this.constructor as typeof TaskCall;
    return new Class(this.definition, undefined, undefined, { args: this.args, options: mergeCallOptions(this.options, options) });
  }

  /** Whether a direct await may run the body as a frame of its caller: no limits that would need a fiber of their own. */
  get isDirect(): boolean {
    const { definition, form } = this;
    return definition.isDirect && (typeof form === 'number' || setsNoLimits(form.options));
  }

  /** The machine that it runs, if `isDirect`. */
  get directMachine(): AnyMachine | null {
    if (typeof this.form === 'number') return this.definition.directMachine;
    return this.isDirect ? this.definition.machine : null;
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
    const { a, b, form } = this;
    if (form === 1) return machine.start(a);
    return form === 2 ? machine.start(a, b) : this.apply();
  }

  /** Calls the function alone. */
  apply(): unknown {
    const { definition, a, b, form } = this;
    if (typeof form !== 'number') return definition.body(...form.args);
    if (form === 1) return definition.body(a);
    return form === 2 ? definition.body(a, b) : definition.body();
  }
}

function setsNoLimits(options: CallOptions | undefined): boolean {
  return options === undefined || (options.signal === undefined && options.timeoutMs === undefined && options.deadline === undefined);
}
