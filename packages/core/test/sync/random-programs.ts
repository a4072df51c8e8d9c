/**
 * Random programs of several tasks around one primitive, and what a model says that each of their waits must come to.
 *
 * The model is told of everything in the order in which it happens, and is plain sequential code. Each wait of the real primitive is
 * compared with the model's verdict when it ends, and the counts of the two between any two actions.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { group, InlineExecutor, isCancelled, task, yieldNow, type Coroutine, type Executor, type Operation, type TaskHandle } from '@heddle/core';
import type { LocalExecutorOptions } from '@heddle/core/engine';
import { FakeClock, settle } from '../fake-clock.ts';
import { LifoExecutor } from '../lifo-executor.ts';
import { ShuffledExecutor } from '../shuffled-executor.ts';

/** What a wait comes to. */
export type Verdict = { readonly value: unknown } | { readonly error: string };

export const CANCELLED: Verdict = { error: 'ERR_HEDDLE_CANCELLED' };

/** What every model has: a state that can be copied, and the verdicts on waits that have ended in the model but not yet in reality. */
export abstract class Model<S> {
  state: S;
  verdicts = new Map<number, Verdict>();

  constructor(state: S) {
    this.state = state;
  }

  /** Task `who` is interrupted: if it stands in a queue, it leaves. */
  abstract interrupt(who: number): void;

  /** Returns what undoes everything from here on. */
  save(): () => void {
    const state = structuredClone(this.state);
    const verdicts = new Map(this.verdicts);
    return () => {
      this.state = state;
      this.verdicts = verdicts;
    };
  }
}

/** What any task can do besides using the primitive. `interrupt` cancels the action under way of a task, `cancel` the task once and for all. */
type CommonAction = { readonly do: 'pause'; readonly turns: number } | { readonly do: 'interrupt' | 'cancel'; readonly who: number };

/** The order in which ready tasks have their turn; a number is the seed of a random one. */
type Order = 'first in, first out' | 'last in, first out' | 'awaits by queue' | number;

export interface Program<A> {
  readonly order: Order;
  /** What each task does, one action after the other; an action that is cancelled is followed by the next. */
  readonly scripts: readonly (readonly (A | CommonAction)[])[];
}

const MAX_TASKS = 5;
const whom = fc.nat(MAX_TASKS - 1);

/** Turns that something takes. Small, so that programs come to the interesting places. */
export const turns = fc.nat(3);

export function programs<A>(action: fc.Arbitrary<A>): fc.Arbitrary<Program<A>> {
  const common: fc.Arbitrary<CommonAction> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pause' as const), turns }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('interrupt' as const), who: whom }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), who: whom }) },
  );
  const script = fc.array(fc.oneof({ weight: 2, arbitrary: action }, { weight: 1, arbitrary: common }), { maxLength: 7, size: 'max' });
  const order = fc.oneof(fc.constantFrom('first in, first out', 'last in, first out', 'awaits by queue'), fc.nat()) as fc.Arbitrary<Order>;
  return fc.record({ order, scripts: fc.array(script, { minLength: 2, maxLength: MAX_TASKS, size: 'max' }) });
}

/** The action that a task is at. */
interface Section {
  readonly cancel: () => void;
  isCancelled: boolean;
}

/** One run of a program. */
export class World<A> {
  readonly #program: Program<A>;
  readonly #model: Model<unknown>;
  readonly #act: (world: World<A>, me: number, action: A) => Coroutine<void>;
  /** Compares the counts of the primitive with the model's. */
  readonly #check: () => void;
  readonly #handles: TaskHandle<void>[] = [];
  readonly #sections: (Section | null)[] = [];
  readonly #cancelled = new Set<number>();
  /** How many things have happened that the model was told of. */
  #events = 0;

  constructor(program: Program<A>, model: Model<unknown>, check: () => void, act: (world: World<A>, me: number, action: A) => Coroutine<void>) {
    this.#program = program;
    this.#model = model;
    this.#check = check;
    this.#act = act;
  }

  /** Runs the program to its end. Tasks that are left waiting are interrupted until they have ended. */
  async run(): Promise<void> {
    const clock = new FakeClock();
    const executor = makeExecutor(this.#program.order, { clock });
    const worker = task((me: number) => this.#play(me));
    this.#program.scripts.forEach((_, me) => this.#handles.push(executor.submit(worker(me), { name: `task ${me}` })));
    for (;;) {
      await settle();
      for (const { outcome } of this.#handles) if (outcome?.status === 'rejected' && !isCancelled(outcome.reason)) throw outcome.reason;
      const left = this.#handles.filter((handle) => handle.state !== 'complete');
      if (left.length === 0) break;
      // Invariant: the filter has taken it from there.
      this.interrupt(this.#handles.indexOf(left[0]!));
    }
    this.#check();
    expect(clock.armed).toBe(0);
    await executor.close();
  }

  *#play(me: number): Coroutine<void> {
    const { scripts } = this.#program;
    for (const action of scripts[me] ?? []) {
      this.#check();
      const section = this.#section(me, action);
      try {
        yield* group(section);
      } catch (error) {
        if (!isCancelled(error)) throw error;
      } finally {
        this.#sections[me] = null;
      }
      this.#check();
    }
  }

  #section(me: number, action: A | CommonAction): (scope: { cancel: () => void }) => Coroutine<void> {
    return (scope) => {
      this.#sections[me] = { cancel: () => scope.cancel(), isCancelled: false };
      return this.#perform(me, action);
    };
  }

  *#perform(me: number, action: A | CommonAction): Coroutine<void> {
    const common = action as CommonAction;
    if (common.do === 'pause') yield* this.pause(common.turns);
    else if (common.do === 'interrupt') this.interrupt(common.who);
    else if (common.do === 'cancel') this.#cancel(common.who);
    else yield* this.#act(this, me, action as A);
  }

  *pause(count: number): Coroutine<void> {
    for (let turn = 0; turn < count; turn++) {
      this.#check();
      yield* yieldNow();
    }
  }

  interrupt(who: number): void {
    const section = this.#sections[who];
    if (section === null || section === undefined || section.isCancelled) return;
    section.isCancelled = true;
    this.tell(() => this.#model.interrupt(who));
    section.cancel();
  }

  #cancel(who: number): void {
    const handle = this.#handles[who];
    if (handle === undefined || this.#cancelled.has(who) || handle.state === 'complete') return;
    this.#cancelled.add(who);
    this.tell(() => this.#model.interrupt(who));
    handle.cancel();
  }

  /** Tells the model of something that happens now. */
  tell<R>(event: () => R): R {
    this.#events++;
    return event();
  }

  /**
   * Awaits `operation`, of which `begin` tells the model, and compares what it comes to with the model's verdict.
   *
   * @param told what the model calls a value
   * @throws the operation's error
   */
  *await<R>(me: number, begin: () => void, operation: Operation<R>, told: (value: R) => unknown): Coroutine<R> {
    const undo = this.#model.save();
    this.tell(begin);
    const before = this.#events;
    let value: R;
    try {
      value = yield* operation;
    } catch (error) {
      // Nothing has happened since: an interruption that was under way already has kept it from waiting at all.
      if (this.#events === before && isCancelled(error)) undo();
      else this.#compare(me, { error: String((error as { code?: unknown }).code ?? error) });
      throw error;
    }
    this.#compare(me, { value: told(value) });
    return value;
  }

  #compare(me: number, verdict: Verdict): void {
    expect({ task: me, ...verdict }).toEqual({ task: me, ...this.#model.verdicts.get(me) });
    this.#model.verdicts.delete(me);
    this.#check();
  }
}

function makeExecutor(order: Order, options: LocalExecutorOptions): Executor {
  switch (order) {
    case 'first in, first out':
      return new InlineExecutor(options);
    case 'last in, first out':
      return new LifoExecutor(options);
    case 'awaits by queue':
      return new QueueingExecutor(options);
    default:
      return new ShuffledExecutor(order, options);
  }
}

/** Awaits by queue: here even what is free is taken by way of the run queue. */
class QueueingExecutor extends InlineExecutor {
  override readonly awaits = 'queue';
}
