import { systemClock, type CancelTimer, type Clock } from '@heddle/core';
import { TimerQueue } from '@heddle/core/engine';

/**
 * How many timers fire in one go before the event loop has a turn. To wake a task takes about 200 ns, so this is about 2 ms, like
 * the slice of a turn.
 */
const MOST_AT_ONCE = 10_000;

/**
 * A clock with any number of timers on one timer of the clock beneath. Setting and cancelling one take constant time, firing does on
 * average, and a million are no burden on the garbage collector. A multiplexer has its own; several may share one: pass it to
 * each as `clock`.
 *
 * @remarks Timers fire by the moment at which they are due, those of one moment in the order in which they were set, and never
 * early by the clock beneath. Where that jumps, or comes late, those that are due by then fire one after the other; after ten
 * thousand the event loop has a turn. A callback that throws does not keep the others from firing.
 *
 * The timer beneath is there exactly as long as any is armed, so they hold the process as they would by themselves. When the one that is
 * due next is cancelled, it is left as it is: it fires early, finds nothing due, and is set again.
 * @example
 * ```ts
 * const clock = new TimerClock();
 * const multiplexers = [new Multiplexer({ clock }), new Multiplexer({ clock })];
 * ```
 */
export class TimerClock implements Clock {
  readonly #beneath: Clock;
  /** Made on first use: many executors have no timers. */
  #timers: TimerQueue | null = null;
  /** Invariant: set while timers are armed, except while the timer beneath fires. */
  #cancelBeneath: CancelTimer | null = null;
  /** When the timer beneath is due, or was, if it is firing: what is set meanwhile is no earlier. Infinity while there is none. */
  #beneathMs = Infinity;

  /** @param beneath where the time and the one timer come from. @default the host's own clock */
  constructor(beneath: Clock = systemClock) {
    this.#beneath = beneath;
  }

  now(): number {
    return this.#beneath.now();
  }

  setTimer(callback: () => void, delayMs: number): CancelTimer {
    const nowMs = this.#beneath.now();
    const timers = (this.#timers ??= new TimerQueue(nowMs, this.#disarm));
    // What is no number fires at once, as with the host's timers.
    const dueMs = delayMs > 0 ? nowMs + delayMs : nowMs;
    const cancel = timers.add(dueMs, callback);
    if (dueMs < this.#beneathMs) this.#arm(dueMs, nowMs);
    return cancel;
  }

  #arm(dueMs: number, nowMs: number): void {
    this.#cancelBeneath?.();
    this.#beneathMs = dueMs;
    this.#cancelBeneath = this.#beneath.setTimer(this.#fire, Math.max(0, dueMs - nowMs));
  }

  /** The last timer was cancelled. */
  readonly #disarm = (): void => {
    this.#cancelBeneath?.();
    this.#cancelBeneath = null;
    this.#beneathMs = Infinity;
  };

  readonly #fire = (): void => {
    this.#cancelBeneath = null;
    try {
      this.#fireDue();
    } finally {
      this.#beneathMs = Infinity;
      // Infinity when none is armed.
      const { earliestMs } = this.#armed;
      if (earliestMs < Infinity) this.#arm(earliestMs, this.#beneath.now());
    }
  };

  #fireDue(): void {
    const timers = this.#armed;
    // Once: what callbacks set for at once waits until the event loop has had its turn, unless the time stands still.
    const nowMs = this.#beneath.now();
    for (let left = MOST_AT_ONCE; left > 0; left--) {
      const fire = timers.takeDue(nowMs);
      if (fire === undefined) return;
      fire();
    }
  }

  get #armed(): TimerQueue {
    // Invariant: the timer beneath is set for those that are armed.
    return this.#timers!;
  }
}
