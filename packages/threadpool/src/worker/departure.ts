/** How the agent of a thread begins and ends: the hooks of the pool, and leaving once the thread holds nothing any more. */

import type { HookCall } from '../protocol.ts';

export interface DepartingAgent {
  /** Whether nothing that was sent or lent to the thread is left. */
  readonly holdsNothing: boolean;
  /** @param started told when its first step begins, if it has a time limit */
  runHook(hook: HookCall, started: () => void): Promise<unknown>;
  /** The init hook, which has a time limit, begins. */
  settingUp(): void;
  /** The agent is up. */
  ready(): void;
  initFailed(error: unknown): void;
  /** Takes no loan from now on. */
  stopTaking(): void;
  /** Takes leave of the agents of other threads. What they have lent and is still on the way, they take back. */
  part(): void;
  tearingDown(): void;
  /** The thread may be ended. `failure` holds what the teardown hook threw, if it did. */
  left(failure: { readonly error: unknown } | null): void;
}

export interface Hooks {
  readonly init: HookCall | null;
  readonly teardown: HookCall | null;
}

export class Departure {
  readonly #agent: DepartingAgent;
  readonly #hooks: Hooks;
  #isUp = false;
  #isWanted = false;
  #hasBegun = false;

  constructor(agent: DepartingAgent, hooks: Hooks) {
    this.#agent = agent;
    this.#hooks = hooks;
  }

  /** Runs the init hook, and says that the agent is up. */
  async arrive(): Promise<void> {
    const { init } = this.#hooks;
    if (init !== null) {
      try {
        await this.#agent.runHook(init, () => this.#agent.settingUp());
      } catch (error) {
        this.#agent.initFailed(error);
        return;
      }
    }
    this.#isUp = true;
    this.#agent.ready();
    this.check();
  }

  /** The pool wants the thread to leave. */
  begin(): void {
    this.#isWanted = true;
    this.#agent.stopTaking();
    this.check();
  }

  /** Something has ended: perhaps the thread can leave now. */
  check(): void {
    if (!this.#isWanted || !this.#isUp || this.#hasBegun || !this.#agent.holdsNothing) return;
    this.#hasBegun = true;
    void this.#leave();
  }

  async #leave(): Promise<void> {
    const { teardown } = this.#hooks;
    this.#agent.part();
    if (teardown === null) {
      this.#agent.left(null);
      return;
    }
    this.#agent.tearingDown();
    try {
      // The pool limits it from `tearingDown` on.
      await this.#agent.runHook(teardown, () => {});
      this.#agent.left(null);
    } catch (error) {
      this.#agent.left({ error });
    }
  }
}
