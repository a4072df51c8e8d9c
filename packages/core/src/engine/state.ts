/** What the engine is doing on this thread right now. One object, so that every module reads and writes the same fields cheaply. */

import type { AsyncScope } from './async-scope.ts';
import type { Binding } from './carried-context.ts';
import type { Fiber } from './fiber.ts';
import type { Frame } from './frame.ts';
import type { TaskCall } from './task-call.ts';

/**
 * Awaits that may start their callee directly before the engine looks around again (depth, cancellation, budget). Also bounds
 * how deep generators nest on the native stack: at most {@link MAX_NATIVE_DEPTH} + this.
 */
export const DEFAULT_FUEL = 64;

/** Bodies that may nest on the native stack before they are unwound to the heap. Well below the 16,000 or so that overflow. */
export const MAX_NATIVE_DEPTH = 64;

class EngineState {
  /** The fiber that steps, if it was made: for those who know that it was. Everybody else reads {@link fiber}. */
  stepping: Fiber | null = null;
  /** Makes the fiber of the call that runs bare (`bare-step.ts`), because somebody asks for it; `null` while none does. */
  reveal: (() => Fiber) | null = null;
  /** How many awaits the body on top of the native stack is away from the fiber's root. It names the body: scopes belong to levels. */
  level = 0;
  /** The level of the body that the engine itself resumed: everything above it is nested natively. */
  base = 0;
  /** The frames that the native nest has left on the heap while it unwinds: both ends of a chain. `null` before the first. */
  innermost: Frame | null = null;
  outermost: Frame | null = null;
  /** Invariant: set only between the two halves of beginning an await, `[Symbol.iterator]()` and the first `next()`. */
  called: TaskCall | null = null;
  /** The value that a state machine has finished with, between its `finish` and the end of its step. */
  finished: unknown = undefined;
  /** Direct awaits left until the next look around. */
  fuel = 0;
  /** Set when the fiber must give up its turn although it could go on. */
  mustYield = false;
  /** The scope that the engine has entered last; `null` while it has entered none, and the stores may be anyone's. */
  asyncScope: AsyncScope | null = null;
  /** Task-locals that are set around code outside of tasks. */
  bindings: Binding | null = null;
  /**
   * Whether a task of this thread has ever waited for one that is not its child. As long as none has, every task waits for its own
   * descendants only, and no circle of waiting tasks is possible.
   */
  hasWaitedAcross = false;

  /** The fiber that is stepping, `null` between steps. */
  get fiber(): Fiber | null {
    if (this.stepping !== null || this.reveal === null) return this.stepping;
    return this.reveal();
  }

  set fiber(fiber: Fiber | null) {
    this.stepping = fiber;
  }
}

export const engine = new EngineState();
