/** Time as a service: executors never read the host's clock themselves, so a test can put a virtual clock in its place. */

/** A source of time and timers. */
export interface Clock {
  /** The time in milliseconds since the epoch. Never goes backwards within one clock. */
  now(): number;
  /** Calls `callback` once, no earlier than `delayMs` from now. @returns what cancels the timer; calling it twice is harmless */
  setTimer(callback: () => void, delayMs: number): CancelTimer;
}

/** Cancels a timer that has not fired yet; otherwise does nothing. */
export type CancelTimer = () => void;

/** Longest delay that the host's `setTimeout` takes before it overflows and fires at once (2^31 - 1 ms). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The host's own clock: monotonic, aligned with the epoch at start, comparable between the threads of a process. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(callback, delayMs) {
    let remainingMs = delayMs;
    let timer: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const stageMs = Math.min(remainingMs, LONGEST_DELAY_MS);
      remainingMs -= stageMs;
      timer = setTimeout(remainingMs > 0 ? arm : callback, stageMs);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
