/** An abort signal that counts who listens to it. */
export class SpySignal {
  readonly #controller = new AbortController();
  /** Listeners that are registered now. */
  listeners = 0;
  /** The most there were at any time. */
  mostListeners = 0;

  constructor() {
    const { signal } = this;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.mostListeners = Math.max(this.mostListeners, ++this.listeners);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners--;
      remove(...args);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }
}
