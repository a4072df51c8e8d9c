/** How many of the values that a task has emitted wait to be read, so that it can wait when there are too many. */

/** Most values of one task that wait, on whichever threads: enough to keep both sides busy while an answer travels. */
export const MOST_WAITING = 16;

export class Emitter {
  #waiting = 0;
  /** Goes on once there is room. A task waits in one place at a time. */
  #goOn: (() => void) | null = null;

  get isFull(): boolean {
    return this.#waiting >= MOST_WAITING;
  }

  /** A value is under way. */
  sent(): void {
    this.#waiting++;
  }

  /** One of the values was read, or dropped. */
  readonly taken = (): void => {
    this.#waiting--;
    const goOn = this.#goOn;
    this.#goOn = null;
    goOn?.();
  };

  /** Settles once a value was taken. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }
}
