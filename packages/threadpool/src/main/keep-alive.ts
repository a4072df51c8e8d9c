/** Keeps the process alive while calls are under way, and only then. Ports and workers of the pool do not: an idle pool must not block exit. */

/** Longest delay a timer takes. It never matters when it fires. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  /** Work begins. */
  hold(): void {
    if (this.#count++ > 0) return;
    if (this.#timer === undefined) this.#timer = setInterval(() => {}, LONGEST_DELAY_MS);
    else this.#timer.ref();
  }

  /** Work ends. */
  release(): void {
    if (--this.#count === 0) this.#timer?.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
