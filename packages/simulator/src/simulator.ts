/**
 * The simulator: tasks as they are, on threads that are not there, in time that does not pass. It implements what executors
 * implement, and drives the virtual threads of `lockstep/` under a rule of `rules/`.
 *
 * The driver runs ticks in one go while there is something to do. When there is not, it first gives the event loop a turn, so
 * that whoever awaits a result outside can react within the same virtual moment; then it jumps to the next timer, or waits
 * for real where a task awaits a real promise.
 */

import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { systemClock, type Clock } from '@heddle/core';
import { describe, expectNumber, LocalExecutor, type Fiber, type LocalExecutorOptions } from '@heddle/core/engine';
import type { Instruction } from './lockstep/instruction.ts';
import { Lockstep } from './lockstep/lockstep.ts';
import { ParkedTasks } from './lockstep/parked-tasks.ts';
import { RealTimePause } from './lockstep/real-time-pause.ts';
import type { ScheduleTotals } from './lockstep/totals.ts';
import { parkingRule } from './rules/parking-rule.ts';
import type { SchedulingRule, SchedulingRuleFactory } from './rules/scheduling-rule.ts';
import { TickClock } from './tick-clock.ts';
import type { VirtualHost } from './work.ts';

export interface SimulatorOptions extends Omit<LocalExecutorOptions, 'clock' | 'thread' | 'deadlocks'> {
  /** How many virtual threads, 1 or more. @default 1 */
  readonly threads?: number | undefined;
  /** Which task each thread visits next. @default parkingRule() */
  readonly rule?: SchedulingRuleFactory | undefined;
  /** Whether `yield* call` makes a task of its own that goes through the queue (the article's way), or a frame of its caller. @default 'queue' */
  readonly awaits?: 'frame' | 'queue' | undefined;
  /** How long an instruction takes, in virtual milliseconds, above 0: what `sleep` and time-outs are measured against. @default 0.001 */
  readonly tickMs?: number | undefined;
  /** The virtual time at the beginning, in milliseconds since the epoch. @default 0 */
  readonly startMs?: number | undefined;
  /** Told of every instruction. Costs a copy of the queue each. @default none */
  readonly onInstruction?: ((instruction: Instruction) => void) | undefined;
  /** The clock by which real promises are awaited when a time-out may end the wait. @default the host's own clock */
  readonly realClock?: Clock | undefined;
}

/** An instruction takes a microsecond unless told otherwise: about what a step of a small task takes, so that time-outs mean what they mean elsewhere. */
const DEFAULT_TICK_MS = 0.001;

/** Ticks between turns of the event loop: endless ready tasks must not keep promises and signals waiting. */
const TICKS_PER_TURN = 1_024;

/**
 * Runs calls on virtual threads, one instruction each a tick, in virtual time.
 *
 * @remarks Deterministic: the same calls under the same options give the same instructions and the same trace, as long as no
 * task awaits a real promise or the outside world's time. When every task waits for another, one of them gets a `DeadlockError`.
 * @example
 * ```ts
 * const simulator = new Simulator({ threads: 64 });
 * const value = await simulator.run(fib(20));
 * console.log(simulator.totals.speedUp);
 * await simulator.close();
 * ```
 */
export class Simulator extends LocalExecutor implements VirtualHost {
  override readonly capacity: number;
  override readonly awaits: 'frame' | 'queue';
  /** The rule's name. */
  readonly rule: string;
  /** What the rule counts as a round: an iteration over the queue, or a round of all threads. */
  readonly form: 'iterations' | 'rounds';
  readonly #timers: TickClock;
  readonly #lockstep: Lockstep;
  readonly #parked: ParkedTasks;
  readonly #pause: RealTimePause;
  #isDriving = false;

  constructor(options: SimulatorOptions = {}) {
    const { awaits = 'queue' } = options;
    if (awaits !== 'queue' && awaits !== 'frame') throw new RangeError(`Expected \`awaits\` to be 'queue' or 'frame', got ${describe(awaits)}`);
    const makeRule = options.rule ?? parkingRule();
    if (typeof makeRule !== 'function') throw new TypeError(`Expected \`rule\` to be a scheduling rule, such as parkingRule(), got ${describe(makeRule)}`);
    const tickMs = expectNumber('tickMs', options.tickMs ?? DEFAULT_TICK_MS, { above: 0 });
    const timers = new TickClock(tickMs, expectNumber('startMs', options.startMs ?? 0));
    super({ clock: timers, trace: options.trace, graceMs: options.graceMs });
    const rule = makeRule<Fiber>();
    this.rule = rule.name;
    this.form = rule.iteration === undefined ? 'rounds' : 'iterations';
    this.awaits = awaits;
    this.capacity = expectThreads(options.threads ?? 1, rule);
    this.#timers = timers;
    this.#parked = new ParkedTasks(this);
    this.#pause = new RealTimePause(options.realClock ?? systemClock);
    this.#lockstep = new Lockstep(this.capacity, rule, timers, {
      onInstruction: options.onInstruction,
      threadEntered: (number) => this.#setThread(number),
      parked: (fiber, hasTimer) => this.#parked.add(fiber, hasTimer),
    });
    timers.onArm = () => this.#timerArmed();
  }

  /** What has run so far, over all calls. */
  get totals(): ScheduleTotals {
    return this.#lockstep.totals.snapshot();
  }

  /** Trace events carry the virtual thread: `Host.thread` is what the engine reads it from. */
  #setThread(number: number): void {
    (this as { thread: number }).thread = number;
  }

  // -- Host --

  protected get isStepping(): boolean {
    return this.#lockstep.isStepping;
  }

  override spawn(fiber: Fiber): void {
    this.#lockstep.add(fiber);
    this.#wake();
  }

  enqueue(fiber: Fiber): void {
    this.#parked.delete(fiber);
    this.#lockstep.wake(fiber);
    this.#wake();
  }

  dequeue(fiber: Fiber): void {
    this.#lockstep.remove(fiber);
  }

  checkpoint(): boolean {
    return true;
  }

  occupy(fiber: Fiber, ticks: number, endWork: () => void): void {
    this.#lockstep.occupy(fiber, ticks, endWork);
  }

  protected override release(): void {
    this.#pause.end();
  }

  // -- the driver --

  #timerArmed(): void {
    if (this.#lockstep.isStepping) this.#lockstep.timerArmed();
    // From outside, during a pause: it may be due earlier than what the pause waits for.
    else this.#wake();
  }

  #wake(): void {
    this.#pause.end();
    if (this.#isDriving) return;
    this.#isDriving = true;
    // Not now: `submit` must return its handle before the first step.
    queueMicrotask(() => void this.#drive());
  }

  async #drive(): Promise<void> {
    while (this.isLive) {
      this.lookForListeners();
      this.#lockstep.run(TICKS_PER_TURN);
      if (!this.isLive) break;
      await eventLoopTurn();
      if (!this.#lockstep.hasWork && !this.#rest()) break;
    }
    this.#isDriving = false;
  }

  /** Nothing can go on now. Moves on to what comes next and returns true, or false when only the outside world can bring it. */
  #rest(): boolean {
    const dueTick = this.#timers.nextDueTick;
    if (!this.#parked.canWakeFromOutside) return this.#jump() || this.#parked.breakDeadlock();
    const delayMs = dueTick === undefined ? undefined : (dueTick - this.#timers.tick) * this.#timers.tickMs;
    if (delayMs !== undefined && this.#pause.covers(delayMs)) return this.#jump();
    this.#pause.begin(delayMs, () => this.#wake());
    return false;
  }

  /** Moves virtual time to the next timer. Returns false when there is none. */
  #jump(): boolean {
    const dueTick = this.#timers.nextDueTick;
    if (dueTick === undefined) return false;
    this.#timers.tick = Math.max(this.#timers.tick, dueTick);
    return true;
  }
}

function expectThreads(threads: unknown, { name, maxThreads }: SchedulingRule<Fiber>): number {
  const count = expectNumber('threads', threads, { min: 1, integer: true });
  if (maxThreads !== undefined && count > maxThreads) {
    throw new RangeError(`Expected \`threads\` to be at most ${maxThreads} under the ${name} rule, got ${count}`);
  }
  return count;
}
