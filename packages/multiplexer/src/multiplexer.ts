/**
 * The article's single-thread multiplexer, driven by events: a run loop over the tasks that are ready. What is not ready is not
 * in the queue, so nothing is polled: the engine parks a task that awaits and hands it back when what it waits for has come.
 *
 * A turn of the loop begins in a microtask after the first task became ready. When its budget is spent it ends, and the next
 * one begins after the event loop has had a turn, so timers and I/O are served however many tasks are ready.
 */

import { systemClock, type Clock } from '@heddle/core';
import { describe, expectNumber, inContextOf, Inheritance, LocalExecutor, Microturn, stepEntered, type Fiber, type LocalExecutorOptions } from '@heddle/core/engine';
import { eventLoopTurns } from './event-loop-turns.ts';
import { fifo } from './policies/fifo.ts';
import type { PolicyFactory, QueuePolicy } from './policies/queue-policy.ts';
import { StallWatch, type StallOptions } from './stall-watch.ts';
import { TimerClock } from './timer-clock.ts';
import { TurnBudget } from './turn-budget.ts';

/** Short enough that a page renders each frame (16 ms) and a server answers; long enough that turns cost under 1 %. */
const DEFAULT_BUDGET_MS = 2;

/** How much a multiplexer does before the event loop has its turn: whichever limit is reached first. */
export interface Budget {
  /** Real time in milliseconds, above 0. With `Infinity` the loop never reads the host's clock. @default 2 */
  readonly ms?: number | undefined;
  /** Steps, an integer of at least 1; every 64 direct awaits (`yield* call`) within a step count as one more. @default Infinity */
  readonly steps?: number | undefined;
}

/** Options of {@link Multiplexer}. */
export interface MultiplexerOptions extends LocalExecutorOptions, StallOptions {
  /** Which ready task steps next. @default fifo() */
  readonly policy?: PolicyFactory | undefined;
  /** When the event loop has its turn. @default { ms: 2 } */
  readonly budget?: Budget | undefined;
  /**
   * How `yield* call` runs: `'frame'` as a frame of its caller, at once and at the lowest cost; `'queue'` as a task of its own
   * that goes through the run queue, which is the article's order. @default 'frame'
   */
  readonly awaits?: 'frame' | 'queue' | undefined;
}

/**
 * Runs many tasks on one thread, interleaved: in the order of its policy, one step at a time, with the event loop served in
 * between. All that tasks wait for by the clock is on one timer of it.
 *
 * @remarks No task starts inside `submit`. Between two steps of one task any other task may run; within a step none does.
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when a number is out of its range
 * @example
 * ```ts
 * const multiplexer = new Multiplexer({ policy: priority({ agingMs: 100 }) });
 * const pages = await Promise.all(urls.map((url) => multiplexer.run(load(url))));
 * await multiplexer.close();
 * ```
 */
export class Multiplexer extends LocalExecutor {
  override readonly awaits: 'frame' | 'queue';
  /** Set where the policy goes by urgency. */
  override readonly inheritance: Inheritance | null;
  readonly #queue: QueuePolicy<Fiber>;
  readonly #budget: TurnBudget;
  /** `null` while nobody asks for stalls. */
  readonly #stalls: StallWatch | null;
  readonly #turns = eventLoopTurns(() => {
    this.#budget.renew();
    this.#turn();
  });
  readonly #microturn = new Microturn(() => {
    this.#turn();
  });
  /** Whether a turn is under way or asked for. */
  #isScheduled = false;
  #isStepping = false;

  constructor(options: MultiplexerOptions = {}) {
    const { policy = fifo(), budget = {}, awaits = 'frame', clock = systemClock } = options;
    super({ ...options, clock: clock instanceof TimerClock ? clock : new TimerClock(clock) });
    if (awaits !== 'frame' && awaits !== 'queue') throw new TypeError(`Expected \`awaits\` to be 'frame' or 'queue', got ${describe(awaits)}`);
    this.awaits = awaits;
    this.#queue = makeQueue(policy, clock);
    this.inheritance = inheritanceOf(this.#queue);
    this.#budget = makeBudget(budget);
    this.#stalls = StallWatch.of(options, hostNow);
  }

  protected get isStepping(): boolean {
    return this.#isStepping;
  }

  enqueue(fiber: Fiber): void {
    try {
      this.#queue.push(fiber);
    } catch (error) {
      // Nothing of it has run yet, so it can fail like any task, and nobody waits for ever.
      if (fiber.hasStarted) throw error;
      fiber.settle(true, error);
      return;
    }
    if (!this.#isScheduled) this.#schedule(fiber);
  }

  dequeue(fiber: Fiber): void {
    this.#queue.delete(fiber);
  }

  /** Makes a coroutine that computes without ever suspending give way at the end of the slice, like any other. */
  checkpoint(): boolean {
    return this.#budget.spend();
  }

  protected override release(): void {
    this.#turns.release();
  }

  /** Sees to it that a turn comes, for subclasses with a policy that makes its fibers only when they are popped. */
  protected wake(): void {
    if (!this.#isScheduled) this.#schedule(null);
  }

  #schedule(fiber: Fiber | null): void {
    this.#isScheduled = true;
    // Not now: `submit` must return its handle before the first step.
    if (this.#budget.isSpent) this.#turns.request();
    else this.#microturn.request(fiber);
  }

  #turn(): void {
    const queue = this.#queue;
    const budget = this.#budget;
    this.#isStepping = true;
    this.lookForListeners();
    budget.resume();
    this.#stalls?.resume();
    try {
      let fiber = queue.pop();
      while (fiber !== undefined) fiber = inContextOf(fiber, this.#stepOn);
    } finally {
      budget.pause();
      this.#isStepping = false;
      // Also when a policy throws: the tasks that it holds are not lost with the turn.
      this.#isScheduled = queue.size > 0;
      if (this.#isScheduled) this.#turns.request();
      this.turnEnded(!this.#isScheduled);
      if (!this.#isScheduled) this.wentIdle();
    }
  }

  /** Steps fibers that carry the same as `first`, from it on. Returns the next one that carries something else; none when the turn is over. */
  readonly #stepOn = (first: Fiber): Fiber | undefined => {
    const queue = this.#queue;
    const budget = this.#budget;
    const stalls = this.#stalls;
    const { scope } = first.context;
    let fiber: Fiber | undefined = first;
    do {
      this.step(fiber);
      if (stalls !== null) stalls.stepped(fiber);
      if (!budget.spend()) return undefined;
      fiber = queue.pop();
    } while (fiber !== undefined && fiber.context.scope === scope);
    return fiber;
  };

  /** Steps a fiber in what it carries. For subclasses that run some in a way of their own. Never throws. */
  protected step(fiber: Fiber): void {
    stepEntered(fiber);
  }

  /** Called after each turn of the run loop, for subclasses that pass on what happened in it. `_isIdle` tells whether no task is ready. */
  protected turnEnded(_isIdle: boolean): void {}
}

function makeQueue(policy: PolicyFactory, clock: Clock): QueuePolicy<Fiber> {
  if (typeof policy !== 'function') throw new TypeError(`Expected \`policy\` to be a policy factory, such as fifo(), got ${describe(policy)}`);
  const queue: Partial<QueuePolicy<Fiber>> | null | undefined = policy<Fiber>({ clock });
  const isPolicy = typeof queue?.push === 'function' && typeof queue.pop === 'function' && typeof queue.delete === 'function' && typeof queue.size === 'number';
  if (!isPolicy) throw new TypeError(`Expected \`policy\` to make a queue with push, pop, delete and size, got ${describe(queue)}`);
  return queue as QueuePolicy<Fiber>;
}

function inheritanceOf(queue: QueuePolicy<Fiber>): Inheritance | null {
  if (queue.reprioritise === undefined) return null;
  return new Inheritance((fiber) => {
    queue.reprioritise?.(fiber);
  });
}

function makeBudget(budget: Budget): TurnBudget {
  if (typeof budget !== 'object' || budget === null) throw new TypeError(`Expected \`budget\` to be an object such as { ms: 2 }, got ${describe(budget)}`);
  const sliceMs = expectNumber('budget.ms', budget.ms ?? DEFAULT_BUDGET_MS, { above: 0, infinite: true });
  const sliceSteps = expectNumber('budget.steps', budget.steps ?? Infinity, { min: 1, integer: true, infinite: true });
  return new TurnBudget(sliceMs, sliceSteps, hostNow);
}

/**
 * The host's clock and not the executor's: budget and stalls are about how long others on this thread really wait, while
 * `options.clock` is the time that tasks live in, and may be a virtual one that stands still while they run.
 */
function hostNow(): number {
  return performance.now();
}
