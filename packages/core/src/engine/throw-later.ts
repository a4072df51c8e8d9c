/**
 * Throws `error` outside of what runs now: an uncaught exception, as it would be in a timer or an event listener, and not the
 * failure of whoever happens to be running.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
