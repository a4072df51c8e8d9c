/** The operation that every primitive is made of: take something at once if it is free, else stand in a queue until it is given. */

import type { Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { expectNoCircle } from '../engine/deadlock/refusal.ts';
import { engine } from '../engine/state.ts';
import { mustUnwind } from '../engine/step.ts';
import { operation, Waiting } from '../engine/wait.ts';
import type { Queued, WaitQueue } from './wait-queue.ts';

/** The answer to a request that has to wait. */
export const NOT_YET: unique symbol = Symbol('not yet');

/** One who waits for an `R`. Usually a coroutine, but plain code can wait too (see `channel-iterator.ts`). */
export interface Waiter<R> extends Queued {
  /** Ends the wait with a value. The caller has taken it out of its queue. */
  grant(value: R): void;
  /** Ends the wait with an error. The caller has taken it out of its queue. */
  refuse(error: unknown): void;
}

/** How a primitive answers one kind of request `Q` with an `R`. One object for each operation of a primitive, not for each wait. */
export interface Admission<R, Q, W extends Waiter<R> = QueuedWait<R, Q>> {
  /** Where requests wait. */
  readonly queue: WaitQueue<W>;
  readonly isExternal: boolean;
  /** Names the wait: `lock() of mutex jobs`. */
  describe(request: Q): string;
  /**
   * Answers at once if that needs no waiting and passes over nobody who waits; otherwise changes nothing. May be asked twice.
   *
   * @throws when the request can never be granted
   */
  admit(fiber: Fiber, request: Q): R | typeof NOT_YET;
  /** Told when a request has joined the queue. */
  joined?(waiter: QueuedWait<R, Q>): void;
  /** Told when a request has left the queue because its fiber was interrupted. Those behind it may have their chance now. */
  left?(waiter: QueuedWait<R, Q>): void;
  /** Who must act before `request` can be granted, if the primitive knows. */
  holders?(request: Q): Iterable<Fiber>;
  /** Whether a timer ends the waits. */
  readonly isTimed?: boolean;
}

/** Makes the operation that awaits the answer to `request`. */
export function ask<R, Q, W extends Waiter<R>>(admission: Admission<R, Q, W>, request: Q): Operation<R> {
  return operation(() => new QueuedWait<R, Q>(admission as unknown as Admission<R, Q>, request));
}

/** A coroutine's request: one object a wait. */
export class QueuedWait<R, Q> extends Waiting<R> implements Waiter<R> {
  queue: object | null = null;
  before: Queued | null = null;
  after: Queued | null = null;
  readonly request: Q;
  readonly #admission: Admission<R, Q>;
  #fiber: Fiber | null = null;
  #hasAsked = false;

  constructor(admission: Admission<R, Q>, request: Q) {
    super();
    this.#admission = admission;
    this.request = request;
  }

  /** Invariant: set once the request has joined its queue; admissions look at it only from then on. */
  get fiber(): Fiber {
    return this.#fiber as Fiber;
  }

  override get isExternal(): boolean {
    return this.#admission.isExternal;
  }

  describe(): string {
    return this.#admission.describe(this.request);
  }

  get isTimed(): boolean {
    return this.#admission.isTimed === true;
  }

  holders(): Iterable<Fiber> {
    return this.#admission.holders?.(this.request) ?? [];
  }

  override next(value?: unknown): ReturnType<Waiting<R>['next']> {
    const { fiber } = engine;
    if (this.#hasAsked || fiber === null) return super.next(value);
    this.#hasAsked = true;
    // What is free costs no trip through the run queue, but it does use up the turn: a loop over an endless channel gives way to
    // others, and sees that it was cancelled, as a loop of awaited calls does.
    const isTurnOver = engine.fuel-- <= 0 && mustUnwind();
    if (!isTurnOver) {
      const answer = this.#admit(fiber);
      if (answer !== NOT_YET) return { done: true, value: answer };
    }
    return super.next();
  }

  protected arm(fiber: Fiber): void {
    this.#fiber = fiber;
    const admission = this.#admission;
    let answer: R | typeof NOT_YET;
    try {
      answer = this.#admit(fiber);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (answer !== NOT_YET) {
      this.succeed(answer);
      return;
    }
    admission.queue.push(this);
    admission.joined?.(this);
  }

  /** @throws {DeadlockError} when whoever has to act first waits for `fiber` */
  #admit(fiber: Fiber): R | typeof NOT_YET {
    const admission = this.#admission;
    const answer = admission.admit(fiber, this.request);
    if (answer === NOT_YET && admission.holders !== undefined) expectNoCircle(fiber, this);
    return answer;
  }

  protected disarm(): void {
    if (this.#admission.queue.remove(this)) this.#admission.left?.(this);
  }

  grant(value: R): void {
    this.succeed(value);
  }

  refuse(error: unknown): void {
    this.fail(error);
  }
}
