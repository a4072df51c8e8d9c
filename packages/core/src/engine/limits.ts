/** The limits that a call's options put on its fiber: signal, queue time, run time, deadline. One object, only for calls that have any. */

import type { CancelTimer } from '../clock.ts';
import { CancelledError, TaskTimeoutError, type TimeoutPhase } from '../errors.ts';
import { describe, holds, textOf, type CallOptions } from '../options.ts';
import { inContextOf } from './carried-context.ts';
import type { Fiber } from './fiber.ts';
import { onAbort } from './signal-hub.ts';

export class Limits {
  readonly #fiber: Fiber;
  readonly #options: CallOptions;
  #releaseSignal: (() => void) | null = null;
  #cancelQueueTimer: CancelTimer | null = null;
  #cancelRunTimer: CancelTimer | null = null;
  #cancelDeadlineTimer: CancelTimer | null = null;

  private constructor(fiber: Fiber, options: CallOptions) {
    this.#fiber = fiber;
    this.#options = options;
  }

  /** Returns the limits that `options` set, or `null` when they set none. */
  static of(fiber: Fiber, options: CallOptions | undefined): Limits | null {
    if (options === undefined) return null;
    const { signal, timeoutMs, queueTimeoutMs, deadline } = options;
    const hasLimits = signal !== undefined || timeoutMs !== undefined || queueTimeoutMs !== undefined || deadline !== undefined;
    return hasLimits ? new Limits(fiber, options) : null;
  }

  /** Begins to watch. The fiber may be cancelled before this returns: its deadline may have passed, or a signal aborted, already. */
  submitted(): void {
    const { signal, queueTimeoutMs, deadline } = this.#options;
    if (queueTimeoutMs !== undefined) this.#cancelQueueTimer = this.#timer('queue', queueTimeoutMs, queueTimeoutMs);
    if (deadline !== undefined) {
      const remainingMs = deadline - this.#fiber.host.clock.now();
      if (remainingMs <= 0) {
        this.#fiber.cancel(new TaskTimeoutError(this.#fiber.name, 'deadline', deadline));
        return;
      }
      this.#cancelDeadlineTimer = this.#timer('deadline', remainingMs, deadline);
    }
    if (signal !== undefined) {
      this.#releaseSignal = onAbort(signal, () => {
        this.#fiber.cancel(signal.reason);
      });
    }
  }

  /** The fiber's first step begins: queue time is over, run time counts. */
  started(): void {
    this.#cancelQueueTimer?.();
    this.#cancelQueueTimer = null;
    const { timeoutMs } = this.#options;
    if (timeoutMs !== undefined) this.#cancelRunTimer = this.#timer('run', timeoutMs, timeoutMs);
  }

  /** Leaves no timer and no listener behind. */
  release(): void {
    this.#releaseSignal?.();
    this.#cancelQueueTimer?.();
    this.#cancelRunTimer?.();
    this.#cancelDeadlineTimer?.();
  }

  #timer(phase: TimeoutPhase, delayMs: number, limitMs: number): CancelTimer {
    const expire = (): void => {
      // The clock may call under the stores of another task, and the listeners of this one's signal run here.
      inContextOf(this.#fiber, (fiber) => {
        fiber.cancel(new TaskTimeoutError(fiber.name, phase, limitMs));
      });
    };
    return this.#fiber.host.clock.setTimer(expire, delayMs);
  }
}

/** Returns the error that cancellation for `reason` throws into a task. */
export function toCancelledError(reason: unknown): CancelledError {
  if (holds(() => reason instanceof CancelledError)) return reason as CancelledError;
  if (reason === undefined) return new CancelledError();
  return new CancelledError(`The task was cancelled: ${reasonText(reason)}`, { cause: reason });
}

function reasonText(reason: unknown): string {
  try {
    return textOf(reason instanceof Error ? reason.message : reason);
  } catch {
    return describe(reason);
  }
}
