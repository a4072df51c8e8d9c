/**
 * The virtual machine: threads that take one instruction each a tick, in thread order. An instruction is one visit to a task:
 * a step up to the point where it awaits, yields or ends, or, under a rule that polls, a look at a task that is not ready.
 */

import { TaskTimeoutError } from '@heddle/core';
import { awaitedFibers, Fiber, step } from '@heddle/core/engine';
import { OUTSIDE, type SchedulingRule, type VisitEvent } from '../rules/scheduling-rule.ts';
import type { TickClock } from '../tick-clock.ts';
import { awaitedNames } from './awaited.ts';
import type { Instruction } from './instruction.ts';
import { Totals } from './totals.ts';
import { newThread, type VirtualThread } from './virtual-thread.ts';

/** Who is told what happens on the virtual threads. */
export interface LockstepObserver {
  /** A thread begins to step a task; 0 when none does any more. */
  threadEntered(number: number): void;
  /** The step of `fiber` is over and has parked it. `hasTimer`: it waits for a timer of virtual time. */
  parked(fiber: Fiber, hasTimer: boolean): void;
  /** Given only when somebody wants each instruction. */
  readonly onInstruction: ((instruction: Instruction) => void) | undefined;
}

export class Lockstep {
  readonly totals: Totals;
  readonly #threads: readonly VirtualThread[];
  readonly #rule: SchedulingRule<Fiber>;
  readonly #clock: TickClock;
  readonly #observer: LockstepObserver;
  /** Invariant: the tasks in the rule's hands that can step. */
  readonly #ready = new Set<Fiber>();
  /** Invariant: the threads that are busy with the work of a task, by task. */
  readonly #working = new Map<Fiber, VirtualThread>();
  /** The thread whose task steps at this moment. */
  #stepping: VirtualThread | null = null;

  constructor(threads: number, rule: SchedulingRule<Fiber>, clock: TickClock, observer: LockstepObserver) {
    this.#threads = Array.from({ length: threads }, (_, index) => newThread(index + 1));
    this.#rule = rule;
    this.#clock = clock;
    this.#observer = observer;
    rule.begin?.(threads);
    this.totals = new Totals(threads);
  }

  get isStepping(): boolean {
    return this.#stepping !== null;
  }

  /** Whether some thread has something to do without help from a timer or from outside. */
  get hasWork(): boolean {
    return this.#ready.size > 0 || this.#working.size > 0;
  }

  // -- the queue --

  /** Takes a new task. */
  add(fiber: Fiber): void {
    this.#ready.add(fiber);
    this.#stepping?.spawned.push(fiber);
    this.#rule.add(fiber, this.#stepping?.number ?? OUTSIDE);
  }

  /** Takes a task that is ready again. */
  wake(fiber: Fiber): void {
    const worker = this.#working.get(fiber);
    if (worker !== undefined) {
      // Its work is over, or was cut short: the visit goes on at the thread's next turn.
      worker.untilTick = this.#clock.tick;
      return;
    }
    this.#ready.add(fiber);
    // A task that makes itself ready within its own step has yielded: the end of the visit tells the rule.
    if (this.#stepping?.fiber !== fiber) this.#rule.wake(fiber, this.#stepping?.number ?? OUTSIDE);
  }

  /** Forgets a task that will not be visited. */
  remove(fiber: Fiber): void {
    this.#ready.delete(fiber);
    this.#rule.remove(fiber);
  }

  /** Keeps the thread that steps `fiber` busy for `ticks`, and calls `endWork` then. */
  occupy(fiber: Fiber, ticks: number, endWork: () => void): void {
    const thread = this.#stepping;
    if (thread === null) return;
    thread.workSinceTick = this.#clock.tick;
    thread.untilTick = this.#clock.tick + ticks;
    thread.endWork = endWork;
    this.#working.set(fiber, thread);
  }

  /** Told that the step under way has armed a timer. */
  timerArmed(): void {
    // One that is armed after the task has parked is there to wake it; an earlier one is a limit.
    if (this.#stepping?.fiber?.state === 'awaiting') this.#stepping.hasTimer = true;
  }

  // -- the threads --

  /** Runs ticks until there is nothing to do, or for `mostTicks`. */
  run(mostTicks: number): void {
    this.#clock.fireDue();
    for (let ticks = 0; ticks < mostTicks && this.hasWork; ticks++) {
      this.#runTick();
      this.#clock.tick = this.#nextTick();
      this.#clock.fireDue();
    }
  }

  #runTick(): void {
    this.#rule.tickBegins?.(this.#clock.tick);
    for (const thread of this.#threads) {
      if (thread.fiber !== null) this.#continueWork(thread, thread.fiber);
      // A thread does not poll tasks of which none can step: it would only spin until a timer fires or a thread ends its work.
      else if (this.#ready.size > 0 && thread.freeTick <= this.#clock.tick) this.#visitNext(thread);
    }
  }

  /** The next tick at which anything can happen: long work is not counted tick by tick. */
  #nextTick(): number {
    const next = this.#clock.tick + 1;
    if (!this.hasWork) return next;
    const takeTick = this.#nextTakeTick();
    if (takeTick <= next) return next;
    let earliest = Math.min(takeTick, this.#clock.nextDueTick ?? Infinity);
    for (const { untilTick } of this.#working.values()) earliest = Math.min(earliest, untilTick);
    return earliest === Infinity ? next : Math.max(next, earliest);
  }

  /** The first tick at which some thread may take a task, as things are. */
  #nextTakeTick(): number {
    if (this.#ready.size === 0) return Infinity;
    let earliest = Infinity;
    for (const { fiber, freeTick, number } of this.#threads) {
      if (fiber === null) earliest = Math.min(earliest, Math.max(freeTick, this.#rule.nextTakeTick?.(number) ?? 0));
    }
    return earliest;
  }

  #visitNext(thread: VirtualThread): void {
    const fiber = this.#rule.take(thread.number);
    if (fiber === undefined) return;
    thread.workTicks = 0;
    thread.spawned = [];
    if (fiber.state === 'awaiting') {
      this.#endVisit(thread, fiber, 'not ready');
    } else {
      thread.fiber = fiber;
      this.#ready.delete(fiber);
      this.#step(thread, fiber);
    }
  }

  #continueWork(thread: VirtualThread, fiber: Fiber): void {
    if (thread.untilTick > this.#clock.tick) return;
    // Ready already when the work was cut short by a cancellation.
    if (fiber.state === 'awaiting') thread.endWork?.();
    thread.endWork = null;
    thread.workTicks += this.#clock.tick - thread.workSinceTick;
    this.#working.delete(fiber);
    this.#step(thread, fiber);
  }

  #step(thread: VirtualThread, fiber: Fiber): void {
    this.#stepping = thread;
    thread.hasTimer = false;
    this.#observer.threadEntered(thread.number);
    step(fiber);
    this.#observer.threadEntered(0);
    this.#stepping = null;
    if (this.#working.has(fiber)) return;
    thread.fiber = null;
    this.#endVisit(thread, fiber, eventOf(fiber));
    if (fiber.state === 'awaiting') this.#observer.parked(fiber, thread.hasTimer);
  }

  #endVisit(thread: VirtualThread, fiber: Fiber, event: VisitEvent): void {
    const rule = this.#rule;
    rule.visited({ task: fiber, thread: thread.number, event, awaited: awaitedFibers(fiber), spawned: thread.spawned });
    thread.freeTick = this.#clock.tick + 1 + (rule.overheadTicks?.(thread.number) ?? 0);
    this.totals.count(thread.number, this.#clock.tick, thread.workTicks, rule.iteration);
    this.#observer.onInstruction?.({
      round: this.totals.rounds,
      tick: this.#clock.tick,
      thread: thread.number,
      task: fiber.name,
      event,
      awaits: awaitedNames(fiber),
      workTicks: thread.workTicks,
      queue: rule.queue().map((task) => task.name),
    });
  }
}

function eventOf(fiber: Fiber): VisitEvent {
  if (fiber.state === 'awaiting') return 'awaits';
  if (fiber.state !== 'complete') return 'yields';
  if (!fiber.hasFailed) return 'complete';
  // A task that was asked to stop may fail for a reason of its own.
  const hasTimedOut = fiber.isCancelled && fiber.value instanceof TaskTimeoutError;
  return fiber.wasCancelled || hasTimedOut ? 'cancelled' : 'fails';
}
