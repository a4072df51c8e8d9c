/** What the engine is doing on this thread right now. One object, so that every module reads and writes the same fields cheaply. */

import type { AsyncScope } from './async-scope.ts';
import type { CallFrame } from './call-frame.ts';
import type { Binding } from './carried-context.ts';
import type { Fiber } from './fiber.ts';

/**
 * Awaits that may start their callee directly before the engine looks around again (depth, cancellation, budget). Also bounds
 * how deep generators nest on the native stack: at most {@link MAX_NATIVE_DEPTH} + this.
 */
export const DEFAULT_FUEL = 64;

/** Frames that may nest on the native stack before they are unwound to the heap. Well below the 16,000 or so that overflow. */
export const MAX_NATIVE_DEPTH = 64;

interface EngineState {
  /** The fiber that is stepping, `null` between steps. */
  fiber: Fiber | null;
  /** Invariant: while `fiber` steps, the frame whose body is on top of the native stack; after a suspension, the innermost frame. `null` at the root. */
  frame: CallFrame | null;
  /** The frame that the engine itself resumed: everything above it is nested natively. */
  base: CallFrame | null;
  /** Direct awaits left until the next look around. */
  fuel: number;
  /** Set when the fiber must give up its turn although it could go on. */
  mustYield: boolean;
  /** The scope that the engine has entered last; `null` while it has entered none, and the stores may be anyone's. */
  asyncScope: AsyncScope | null;
  /** Task-locals that are set around code outside of tasks. */
  bindings: Binding | null;
}

export const engine: EngineState = { fiber: null, frame: null, base: null, fuel: 0, mustYield: false, asyncScope: null, bindings: null };
