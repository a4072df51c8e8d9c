/**
 * The call of a plain function that begins, or runs, without a fiber (`stepBare` of core). One object for all of them, one after the
 * other: it stands in the run loop where the call's fiber would.
 */

import { TaskCall, TaskDefinition, type BareCall, type Fiber } from '@heddle/core/engine';
import type { Agent } from './agent.ts';
import type { Cancellable } from './agent-batch.ts';
import type { ArrivedRun } from './arrived-run.ts';
import { RootFiber } from './root-fiber.ts';

/** It is made before there is a call to stand for. */
const NO_TASK = new TaskDefinition('', '', () => undefined, false, undefined);

export class BareItem extends RootFiber implements BareCall, Cancellable {
  readonly #agent: Agent;
  /** Of the call that it stands for. Invariant: set while its state is not `complete`. */
  #run: ArrivedRun | null = null;
  #index = 0;

  constructor(agent: Agent) {
    super(agent, TaskCall.of(NO_TASK, []), undefined, null);
    this.#agent = agent;
    this.state = 'complete';
  }

  /** Stands for this call from here on. */
  load(run: ArrivedRun, index: number): void {
    this.#run = run;
    this.#index = index;
    this.context = run.context;
    this.state = 'ready';
  }

  get #loaded(): ArrivedRun {
    // Invariant: asked only while it stands for a call.
    return this.#run!;
  }

  override get definition(): TaskDefinition {
    return this.#run === null ? super.definition : this.#run.definition;
  }

  get ownerIncarnation(): number {
    return this.#agent.incarnation;
  }

  get number(): number {
    return this.#loaded.batch.numberOf(this.#index);
  }

  begin(): boolean {
    return this.#loaded.batch.begin(this.#index);
  }

  /** The call is not to begin. */
  override cancel(reason: unknown): void {
    this.state = 'complete';
    this.#agent.refuse(this.#loaded.batch, this.#index, reason);
  }

  // -- as a bare call --

  invoke(): unknown {
    this.state = 'running';
    const run = this.#loaded;
    const { body } = run.definition;
    switch (run.argc) {
      case 0:
        return body();
      case 1:
        return body(run.argument(this.#index, 0));
      case 2:
        return body(run.argument(this.#index, 0), run.argument(this.#index, 1));
      default:
        return body(...run.args(this.#index));
    }
  }

  makeFiber(): Fiber {
    const fiber = this.#loaded.makeFiber(this.#index);
    fiber.turn = this.turn;
    this.state = 'complete';
    return fiber;
  }

  returned(value: unknown): void {
    this.state = 'complete';
    this.#agent.returned(this.#loaded.batch, this.#index, value);
  }

  // -- what only a fiber of its own does --

  protected tellStarted(): void {}

  tellOutput(): boolean {
    return false;
  }
}
