/** Tells which task kept the thread for too long in one step. */

import { describe, expectNumber, throwLater, type Fiber } from '@heddle/core/engine';

/**
 * What the web platform calls a long task: people notice the delay, and a server its effect on every other request.
 *
 * @see https://www.w3.org/TR/longtasks/
 */
const DEFAULT_STALL_MS = 50;

/** A step that took too long. */
export interface StallReport {
  /** The task's id. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** How long the step took, in milliseconds of real time. */
  readonly durationMs: number;
  /** Where the step has ended: what the task waits for now, such as `sleep(10 ms)`; or `yielded`, `completed`, `failed`, `cancelled`. */
  readonly next: string;
}

/** How stalls are reported. */
export interface StallOptions {
  /**
   * Told of each step that took `stallMs` or longer: while it ran, neither another task nor the event loop had a turn. What it throws
   * is an uncaught exception. Costs a look at the clock for each step.
   *
   * @default none, at no cost
   */
  readonly onStall?: ((report: StallReport) => void) | undefined;
  /** How long a step must take to be reported, in milliseconds of real time, above 0. @default 50 */
  readonly stallMs?: number | undefined;
}

/**
 * Looks at the clock after each step. One look a step: a step begins when the one before it has ended, so what the policy takes to
 * find the next task counts as its time.
 */
export class StallWatch {
  readonly #onStall: (report: StallReport) => void;
  readonly #stallMs: number;
  readonly #now: () => number;
  #sinceMs = 0;

  /** @param now the host's monotonic clock in milliseconds */
  constructor(onStall: (report: StallReport) => void, stallMs: number, now: () => number) {
    this.#onStall = onStall;
    this.#stallMs = stallMs;
    this.#now = now;
  }

  /**
   * Returns what `options` ask for, or `null` when nobody is to be told.
   *
   * @throws {TypeError} {RangeError} when an option is wrong
   */
  static of({ onStall, stallMs }: StallOptions, now: () => number): StallWatch | null {
    const limitMs = expectNumber('stallMs', stallMs ?? DEFAULT_STALL_MS, { above: 0 });
    if (onStall === undefined) return null;
    if (typeof onStall !== 'function') throw new TypeError(`Expected \`onStall\` to be a function, got ${describe(onStall)}`);
    return new StallWatch(onStall, limitMs, now);
  }

  /** A turn begins: time counts from here. */
  resume(): void {
    this.#sinceMs = this.#now();
  }

  /** Reports `fiber`, which has stepped, if that took too long. Never throws. */
  stepped(fiber: Fiber): void {
    const nowMs = this.#now();
    const durationMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    if (durationMs >= this.#stallMs) this.#report(fiber, durationMs);
  }

  #report(fiber: Fiber, durationMs: number): void {
    try {
      this.#onStall({ id: fiber.id, name: fiber.name, durationMs, next: nextOf(fiber) });
    } catch (error) {
      // The tasks that are ready must not suffer for it.
      throwLater(error);
    }
    // The report is nobody's step.
    this.#sinceMs = this.#now();
  }
}

function nextOf(fiber: Fiber): string {
  if (fiber.state === 'awaiting') return fiber.waitingFor?.describe() ?? 'awaiting';
  if (fiber.state !== 'complete') return 'yielded';
  if (!fiber.hasFailed) return 'completed';
  return fiber.isCancelled ? 'cancelled' : 'failed';
}
