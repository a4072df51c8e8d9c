/**
 * What makes a task urgent beyond its own options: a child has the priority, the deadline and the key of its parent unless it
 * says otherwise, and whoever is awaited is at least as urgent as those who wait (priority inheritance: an urgent task must not
 * wait for one that never gets its turn).
 *
 * The first is a field of the scope, shared by all children. The second costs nothing unless the executor's policy asks for it
 * by offering `reprioritise`: then the executor has an `Inheritance`, which fibers tell when they begin and end to wait.
 *
 * @see Sha, Rajkumar, Lehoczky: Priority Inheritance Protocols, IEEE Transactions on Computers 39 (1990)
 */

import type { CallOptions } from '../options.ts';
import { Fiber } from './fiber.ts';
import { ScopeEnd } from './scope-end.ts';
import type { Wait } from './wait.ts';

/** How soon a task should step. */
export interface Urgency {
  /** Larger is more urgent. */
  readonly priority: number;
  /** Milliseconds since the epoch; earlier is more urgent, none the least. */
  readonly deadline: number | undefined;
}

/** What a child has from its parent unless its own options say otherwise. */
export interface Heritage extends Urgency {
  readonly key: string | undefined;
}

/** What those have who have no parent. */
export const NO_HERITAGE: Heritage = { priority: 0, deadline: undefined, key: undefined };

/** Returns what the children of a task have from it: its own options, and where it has none, its parent's. */
export function handDown(heritage: Heritage, options: CallOptions | undefined): Heritage {
  if (options === undefined) return heritage;
  const { priority, deadline, key } = options;
  if (priority === undefined && deadline === undefined && key === undefined) return heritage;
  return {
    priority: priority ?? heritage.priority,
    deadline: earlier(deadline, heritage.deadline),
    key: key ?? heritage.key,
  };
}

/** Returns the earlier of two deadlines, of which each may be missing. */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined || a <= b ? a : b;
}

/** Whether `b` asks for nothing that `a` has not. */
function covers(a: Urgency, b: Urgency): boolean {
  return a.priority >= b.priority && (b.deadline === undefined || (a.deadline !== undefined && a.deadline <= b.deadline));
}

function join(a: Urgency, b: Urgency): Urgency {
  return { priority: Math.max(a.priority, b.priority), deadline: earlier(a.deadline, b.deadline) };
}

/**
 * Keeps every fiber of one executor at least as urgent as those who wait for it: for its outcome, for the end of the scope
 * that it belongs to, or for what it holds (`Wait.holders`), and so on along the chain.
 *
 * What a fiber inherits is stored with it. It rises when somebody begins to wait, and is worked out anew when somebody ceases
 * to, so in a tree of tasks of one urgency a wait costs two comparisons. Handing a lock on takes time in proportion to the tasks
 * that wait for locks, unless they are all of one urgency.
 */
export class Inheritance {
  readonly #reprioritise: (fiber: Fiber) => void;
  /** Those who wait for what others hold. A lock does not say who waits for it, so they are searched. */
  readonly #lockWaiters = new Set<Fiber>();
  /** Invariant: covers every member of `#lockWaiters`; `null` when there is none. */
  #lockUrgency: Urgency | null = null;
  /** Those for whom somebody has had to wait: what they inherit may have to be given back when they release it. */
  readonly #holders = new WeakSet<Fiber>();

  /** @param reprioritise called with a ready fiber of which the urgency has changed */
  constructor(reprioritise: (fiber: Fiber) => void) {
    this.#reprioritise = reprioritise;
  }

  /** `fiber` has begun to wait. */
  parked(fiber: Fiber, wait: Wait): void {
    this.#giveBack(fiber);
    const targets = targetsOf(wait);
    if (isForHolders(wait)) {
      this.#lockWaiters.add(fiber);
      this.#coverLockWaiter(fiber);
      for (const holder of targets) this.#holders.add(holder);
    }
    for (const target of targets) this.#raise(target, fiber);
  }

  /** `fiber` is about to become ready: `wait` has ended, or it gave up its turn. */
  resumed(fiber: Fiber, wait: Wait | null): void {
    const waitedForHolders = this.#lockWaiters.delete(fiber);
    if (this.#lockWaiters.size === 0) this.#lockUrgency = null;
    if (waitedForHolders) {
      // What it waited for may have come to it: then those behind it wait for it.
      this.#holders.add(fiber);
      this.#workOut(fiber);
    } else {
      this.#giveBack(fiber);
    }
    if (wait === null) return;
    for (const target of targetsOf(wait)) if (target !== fiber) this.#lower(target);
  }

  /** `fiber` was spawned, into a scope of which the end may be awaited already. */
  spawned(fiber: Fiber): void {
    if (fiber.owner?.isEnding === true) this.#workOut(fiber);
  }

  /** Makes `first`, and whatever it waits for, at least as urgent as `by`. */
  #raise(first: Fiber, by: Urgency): void {
    const pending = [first];
    for (let fiber = pending.pop(); fiber !== undefined; fiber = pending.pop()) {
      // Where it is covered, so is all that it waits for: a cycle ends here too.
      if (fiber.state === 'complete' || fiber.host.inheritance === null || covers(fiber, by)) continue;
      fiber.inherited = join(fiber, by);
      this.#tell(fiber, pending);
    }
  }

  /** Takes from `first`, and whatever it waits for, what nobody asks of it any more. */
  #lower(first: Fiber): void {
    const pending = [first];
    for (let fiber = pending.pop(); fiber !== undefined; fiber = pending.pop()) {
      if (fiber.state === 'complete' || fiber.inherited === null) continue;
      const { priority, deadline } = fiber;
      this.#workOut(fiber);
      if (fiber.priority !== priority || fiber.deadline !== deadline) this.#tell(fiber, pending);
    }
  }

  /** Passes on that the urgency of `fiber` has changed: to its queue, or to those it waits for, which become `pending`. */
  #tell(fiber: Fiber, pending: Fiber[]): void {
    const { state, waitingFor, host } = fiber;
    if (state === 'ready' && host.inheritance !== null) host.inheritance.#reprioritise(fiber);
    if (waitingFor === null) return;
    if (this.#lockWaiters.has(fiber)) this.#coverLockWaiter(fiber);
    for (const target of targetsOf(waitingFor)) pending.push(target);
  }

  /** A lock tells nobody that it was released: so its holder looks, whenever it has made a step, what it still inherits. */
  #giveBack(fiber: Fiber): void {
    if (fiber.inherited !== null && this.#holders.has(fiber)) this.#workOut(fiber);
  }

  /** Sets what `fiber` inherits from those who wait for it now. */
  #workOut(fiber: Fiber): void {
    fiber.inherited = null;
    let urgency: Urgency = fiber;
    const add = (waiter: Fiber): void => {
      if (!covers(urgency, waiter)) urgency = join(urgency, waiter);
    };
    fiber.joiners.forEach(add);
    const { owner } = fiber;
    if (owner !== null && owner.fiber.waitingFor instanceof ScopeEnd && owner.isEnding) add(owner.fiber);
    if (this.#lockUrgency !== null && !covers(urgency, this.#lockUrgency)) {
      for (const waiter of this.#lockWaiters) if (!covers(urgency, waiter) && waitsFor(waiter, fiber)) add(waiter);
    }
    if (urgency !== fiber) fiber.inherited = urgency;
  }

  #coverLockWaiter(fiber: Fiber): void {
    this.#lockUrgency = join(this.#lockUrgency ?? fiber, fiber);
  }
}

/** Whether the wait is for what others hold, and who they are may change while it lasts. */
function isForHolders(wait: Wait): boolean {
  return wait.holders !== undefined && !(wait instanceof ScopeEnd);
}

/** The fibers that a wait is for. A copy, because a policy is told while they are walked. */
function targetsOf(wait: Wait): readonly Fiber[] {
  return wait instanceof Fiber ? [wait] : [...(wait.holders?.() ?? [])];
}

function waitsFor(waiter: Fiber, holder: Fiber): boolean {
  for (const other of waiter.waitingFor?.holders?.() ?? []) if (other === holder) return true;
  return false;
}
